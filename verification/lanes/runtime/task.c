/* task.c: explicit tasks: creation, waiting, completion.
 *
 * A deferred task waits in a queue until it may start, and then runs on a strand of its own, so that to
 * ThreadSanitizer it is unordered with everything but what creation, dependences, taskwait, taskgroup and barriers
 * order it with. It counts as run by a lane of its team that is at a task scheduling point. An undeferred one is a
 * call, and so is one of a team of a single lane, where no two tasks ever run at the same time. */
#include "lanes.h"
#include <stdlib.h>
#include <string.h>

enum { FINAL = 2, DEPEND = 8, REDUCTION = 4096, DETACH = 8192 }; /* flags of GOMP_task; REDUCTION of a taskloop */
enum { MOST_QUEUED = 4096, MOST_STRANDS = 2000 };

static struct task *queue, **queue_end = &queue;
static unsigned queued, created;

struct task *task_new(struct task *parent) {
  struct task *task = arena_take(sizeof *task);
  task->lane = parent->lane;
  task->parent = parent;
  task->group = parent->group;
  task->end = order_new();
  task->children = order_new();
  task->references = 1;
  task->number = ++created;
  parent->references++;
  return task;
}

void task_forget(struct task *task) {
  if (--task->references > 0 || task->implicit) return;
  struct task *parent = task->parent;
  depend_drop(task);
  order_free(task->end);
  order_free(task->children);
  arena_give(task, sizeof *task);
  task_forget(parent);
}

/* What was done here, whoever waits for the task is ordered after. */
static void release(struct task *task) {
  struct team *team = task->lane->team;
  order_release(task->end);
  order_release(task->parent->children);
  order_release(team->barrier[team->generation & 1]);
  if (task->group) order_release(task->group->order);
}

static void complete(struct task *task) {
  struct task *parent = task->parent;
  struct team *team = task->lane->team;
  if (task->group) task->group->unfinished--;
  depend_leave(task);
  task->done = true;
  parent->unfinished--;
  team->unfinished--;
  task_forget(task);
}

void task_finish(struct task *task) {
  if (task->touches_worker) order_release(task->lane->worker->order);
  free(task->block);
  task->block = NULL;
  task->body_done = true;
  release(task);
  if (!task->detached || task->fulfilled) complete(task);
}

/* It was counted when it was created; now that it is known to run, it takes what it was promised. */
static void run(struct task *task) {
  depend_enter(task);
  if (task->touches_worker) order_acquire(task->lane->worker->order);
  if (!(task->group && task->group->cancelled)) {
    frame_push(FRAME_TASK, task->number);
    task->fn(task->argument);
    frame_pop();
  }
}

static void strand_body(void *subject) {
  struct task *task = subject;
  order_acquire(task->children); /* the creating task left its past there; see task_queue */
  run(task);
  task->lane->inside = NULL; /* the lane may take up another task */
  task_finish(task);
}

/* An undeferred task, on the strand of the task that created it. */
void task_run_now(struct task *task) {
  struct task *parent = current->task;
  task->lane->team->unfinished++;
  task->parent->unfinished++;
  if (task->group) task->group->unfinished++;
  current->task = task;
  task->references++;
  run(task);
  task_finish(task);
  if (task->touches_worker) parent->touches_worker = true;
  current->task = parent;
  task_forget(task);
}

void task_queue(struct task *task) {
  order_release(task->children);
  task->lane->team->unfinished++;
  task->parent->unfinished++;
  if (task->group) task->group->unfinished++;
  task->next = NULL;
  *queue_end = task;
  queue_end = &task->next;
  queued++;
}

/* A lane of the task's team that could run it: one that is between tasks, starting with one that the seed picks. */
static struct lane *idle_lane(struct team *team) {
  uint64_t offset = draw();
  for (unsigned index = 0; index < team->count; index++) {
    struct lane *lane = &team->lanes[(offset + index) % team->count];
    if (!lane->inside) return lane;
  }
  return NULL;
}

bool tasks_any_ready(struct task **found) {
  if (!queued || strands_alive() > MOST_STRANDS) return false;
  /* Any of the first few: an order that differs from that of creation, at a cost that does not grow with the queue. */
  unsigned skip = (unsigned)(draw() % 8) % queued;
  for (int again = 0; again < 2; again++) {
    for (struct task **link = &queue; *link; link = &(*link)->next) {
      struct task *task = *link;
      struct lane *lane;
      if (skip > 0 && again == 0) {
        skip--;
        continue;
      }
      if (!depend_ready(task) || !(lane = idle_lane(task->lane->team))) continue;
      *link = task->next;
      if (queue_end == &task->next) queue_end = link;
      queued--;
      task->lane = lane;
      *found = task;
      return true;
    }
  }
  return false;
}

void task_begin(struct task *task) { strand_start(strand_body, task, task, true); }

/* --- entry points --------------------------------------------------------------------------------------------- */

/* The block that the compiler describes, filled from `data`. From malloc: the program's own accesses are watched. */
static void fill(struct task *task, void *data, void (*copy)(void *, void *), long size, long alignment) {
  if (size <= 0) return;
  task->block = malloc((size_t)(size + alignment));
  task->argument = (void *)(((uintptr_t)task->block + (uintptr_t)alignment - 1) & -(uintptr_t)alignment);
  if (copy)
    copy(task->argument, data);
  else
    memcpy(task->argument, data, (size_t)size);
}

static bool depends_met(struct strand *strand) { return depend_ready(strand->subject); }

struct task *task_create(void (*fn)(void *), void *data, void (*copy)(void *, void *), long size, long alignment,
                         bool deferred, unsigned flags, void **depend, void **detach) {
  struct task *parent = current->task, *task = task_new(parent);
  task->fn = fn;
  task->argument = data;
  task->final = parent->final || (flags & FINAL);
  task->touches_worker = flags & REDUCTION; /* it writes its lane's part without asking for the address */
  if (flags & DETACH) {
    task->detached = true;
    *detach = task;
    /* The handle may lie in the block too, whose copy is taken only now. */
    if (data && size > 0) *(void **)data = task;
  }
  if (flags & DEPEND) depend_register(task, depend, true);
  deferred = deferred && !task->final && !parent->final && parent->lane->team->count > 1 && queued < MOST_QUEUED &&
             strands_alive() < MOST_STRANDS;
  if (deferred) {
    fill(task, data, copy, size, alignment);
    task_queue(task);
    return task;
  }
  if (!depend_ready(task)) strand_wait(depends_met, task, "tasks that a task depends on", true);
  if (copy) fill(task, data, copy, size, alignment);
  task_run_now(task);
  return task;
}

void GOMP_task(void (*fn)(void *), void *data, void (*copy)(void *, void *), long size, long alignment,
               bool if_clause, unsigned flags, void **depend, int priority, void *detach) {
  (void)priority;
  task_create(fn, data, copy, size, alignment, if_clause, flags, depend, detach);
}

/* The event of a detached task. Fulfilling it and the end of its body complete it together, in either order. */
void omp_fulfill_event(uintptr_t event) {
  struct task *task = (struct task *)event;
  release(task);
  task->fulfilled = true;
  if (task->body_done) complete(task);
}

static bool no_children(struct strand *strand) { return ((struct task *)strand->subject)->unfinished == 0; }

void GOMP_taskwait(void) {
  struct task *task = current->task;
  if (task->unfinished) strand_wait(no_children, task, "the tasks of a taskwait", true);
  order_acquire(task->children);
}

void GOMP_taskwait_depend(void **depend) {
  struct task *task = task_new(current->task);
  depend_register(task, depend, false);
  if (!depend_ready(task)) strand_wait(depends_met, task, "the tasks of a taskwait with depend", true);
  depend_enter(task);
  depend_leave(task);
  task_forget(task);
}

void GOMP_taskyield(void) { strand_yield(true); }
