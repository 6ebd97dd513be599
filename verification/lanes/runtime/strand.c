/* strand.c: strands, and who runs next.
 *
 * All strands but the running one stand in one list. When the running one has to wait, the next is chosen by the seed
 * among those that can go on and the tasks that can start. If there is none, the program is in a deadlock.
 *
 * A finished strand goes to the end of a pool, and is taken again from the front, stack and fiber together, so that
 * what its stack held before is the fiber's own past. Its fiber has seen all that its last user had seen, and with
 * that hides races between the two, which is why fibers are not used again before there are many. (To make one costs
 * ThreadSanitizer about a millisecond, and it can have some eight thousand.) */
#include "lanes.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned);
void __tsan_switch_to_fiber(void *, unsigned);
enum { NO_SYNCHRONISATION = 1 };
enum { FRESH_FIBERS = 160, GUARD = 4096 };

static struct strand first_strand;
static void *blank; /* a fiber that never does anything, made before the program began */
struct strand *current = &first_strand;

static struct strand **waiting;
static size_t waiting_count, waiting_room;

/* Two pools: strands of lanes whose whole team ended before the next team forked, which therefore may be used again at
 * once, and all others. */
static struct pool {
  struct strand *first, **end;
  unsigned size, made, fresh;
} pools[2] = {{NULL, &pools[0].first, 0, 0, 0}, {NULL, &pools[1].first, 0, 0, FRESH_FIBERS}};

static void add(struct strand *strand) {
  if (waiting_count == waiting_room) {
    size_t room = waiting_room ? 2 * waiting_room : 64;
    struct strand **more = arena_take(room * sizeof *more);
    for (size_t index = 0; index < waiting_count; index++) more[index] = waiting[index];
    if (waiting) arena_give(waiting, waiting_room * sizeof *waiting);
    waiting = more;
    waiting_room = room;
  }
  strand->position = waiting_count;
  waiting[waiting_count++] = strand;
}

static void take_out(struct strand *strand) {
  struct strand *last = waiting[--waiting_count];
  waiting[strand->position] = last;
  last->position = strand->position;
}

unsigned strands_alive(void) { return pools[0].made - pools[0].size + pools[1].made - pools[1].size; }

static void enter_lane(void) {
  if (current->task->lane) current->task->lane->inside = current;
}

static void body(void) {
  enter_lane();
  for (;;) {
    current->entry(current->argument);
    /* Finished: to the pool, where nobody chooses it until it is taken out again. */
    struct pool *pool = &pools[current->pool];
    current->task = NULL;
    current->next = NULL;
    *pool->end = current;
    pool->end = &current->next;
    pool->size++;
    strand_wait(NULL, NULL, NULL, true);
  }
}

/* By itself, since to the compiler getcontext is a function that may return twice. */
static __attribute__((noinline)) void prepare(ucontext_t *context, char *stack, size_t bytes) {
  getcontext(context);
  context->uc_stack.ss_sp = stack;
  context->uc_stack.ss_size = bytes;
  makecontext(context, body, 0);
}

/* A new fiber begins with all that the one which makes it has seen. A deferred task is begun by whoever happens to wait
 * for it, and must not know what that one did since the task was created: so the one which knows nothing makes it. */
static void *fiber_make(void) {
  void *here = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(blank, NO_SYNCHRONISATION);
  void *made = __tsan_create_fiber(0);
  __tsan_switch_to_fiber(here, NO_SYNCHRONISATION);
  return made;
}

static struct strand *strand_make(struct pool *pool) {
  struct strand *strand = pool->first;
  if (strand && pool->made >= pool->fresh) {
    pool->first = strand->next;
    if (!pool->first) pool->end = &pool->first;
    pool->size--;
    return strand;
  }
  strand = arena_take(sizeof *strand);
  size_t bytes = settings.stack_bytes + GUARD;
  strand->stack = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (strand->stack == MAP_FAILED) die(STATUS_UNSUPPORTED, "no memory for another stack");
  mprotect(strand->stack, GUARD, PROT_NONE);
  prepare(&strand->context, strand->stack + GUARD, settings.stack_bytes);
  strand->fiber = fiber_make();
  strand->pool = pool == &pools[1];
  pool->made++;
  return strand;
}

struct strand *strand_start(void (*entry)(void *), void *argument, struct task *task, bool fresh) {
  struct strand *strand = strand_make(&pools[fresh]);
  strand->entry = entry;
  strand->argument = argument;
  strand->task = task;
  strand->ready = NULL;
  strand->waits_for = NULL;
  for (unsigned index = 0; index < READS; index++) strand->read[index].place = NULL;
  strand->fenced = 0;
  add(strand);
  return strand;
}

/* What a task does to its thread's own variables comes after what others did there before it was switched in. */
static void worker_order(struct strand *strand, void (*carry)(order *)) {
  if (strand->task && strand->task->touches_worker) carry(strand->task->lane->worker->order);
}

static void switch_to(struct strand *next) {
  struct strand *previous = current;
  if (next == previous) return;
  worker_order(previous, order_release);
  current = next;
  __tsan_switch_to_fiber(next->fiber, NO_SYNCHRONISATION);
  swapcontext(&previous->context, &next->context);
  worker_order(current, order_acquire);
}

static bool may_run(struct strand *strand) {
  struct lane *lane = strand->task ? strand->task->lane : NULL;
  if (lane && lane->inside && lane->inside != strand) return false;
  return !strand->ready || strand->ready(strand);
}

static _Noreturn void deadlock(void) {
  const char *words = "something that no other lane will do";
  for (size_t index = 0; index < waiting_count; index++)
    if (waiting[index]->waits_for) words = waiting[index]->waits_for;
  die(STATUS_DEADLOCK, "deadlock: every lane waits, one of them for %s", words);
}

/* Another strand, chosen by the seed: one that can go on, or a new one for a task that can start. */
static struct strand *choose(void) {
  size_t offset = waiting_count ? draw() % waiting_count : 0;
  bool tasks_first = draw() & 1;
  struct task *task;
  if (tasks_first && tasks_any_ready(&task)) {
    task_begin(task);
    return waiting[waiting_count - 1];
  }
  for (size_t index = 0; index < waiting_count; index++) {
    struct strand *strand = waiting[(offset + index) % waiting_count];
    if (may_run(strand)) return strand;
  }
  if (!tasks_first && tasks_any_ready(&task)) {
    task_begin(task);
    return waiting[waiting_count - 1];
  }
  deadlock();
}

void strand_wait(bool (*ready)(struct strand *), void *subject, const char *words, bool scheduling_point) {
  struct strand *self = current;
  struct lane *lane = self->task ? self->task->lane : NULL;
  self->ready = ready;
  self->subject = subject;
  self->waits_for = words;
  if (lane) lane->inside = scheduling_point ? NULL : self;
  if (self->task) add(self); /* one without a task is in the pool */
  report_turn();
  struct strand *next = choose();
  take_out(next);
  switch_to(next);
  /* Here again: somebody chose us. */
  enter_lane();
}

void strand_yield(bool scheduling_point) { strand_wait(NULL, NULL, NULL, scheduling_point); }

__attribute__((constructor(102))) static void begin(void) {
  first_strand.fiber = __tsan_get_current_fiber();
  blank = __tsan_create_fiber(0);
}
