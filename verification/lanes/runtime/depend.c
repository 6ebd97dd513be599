/* depend.c: the depend clause.
 *
 * Each task keeps, by address, the groups of its children that named it. Tasks of one kind in a row form a group: `in`
 * ones are unordered among each other, and so are `inoutset` ones; `mutexinoutset` ones exclude each other; an `out` or
 * `inout` one stands alone. Every task of a group comes after every task of the group before. */
#include "lanes.h"

enum kind { IN = 1, OUT = 2, INOUT = 3, MUTEXINOUTSET = 4, INOUTSET = 5 }; /* as in omp_depend_t */

struct exclusion { /* what the tasks of a mutexinoutset group hold while they run */
  bool held;
  unsigned references;
  order *order;
};
struct member {
  struct task *task;
  struct member *next;
};
struct dependences {
  struct dependences *next;
  void *address;
  enum kind kind;                  /* of the tasks in `now` */
  struct member *now, *before;
  struct exclusion *exclusion;
};

static void members_free(struct member *member) {
  while (member) {
    struct member *next = member->next;
    task_forget(member->task);
    arena_give(member, sizeof *member);
    member = next;
  }
}

static void exclusion_drop(struct exclusion *it) {
  if (!it || --it->references > 0) return;
  order_free(it->order);
  arena_give(it, sizeof *it);
}

/* Of the children of a task that ends. */
void depend_drop(struct task *task) {
  while (task->children_by_address) {
    struct dependences *each = task->children_by_address;
    task->children_by_address = each->next;
    members_free(each->now);
    members_free(each->before);
    exclusion_drop(each->exclusion);
    arena_give(each, sizeof *each);
  }
}

static struct dependences *find(struct task *parent, void *address) {
  for (struct dependences *each = parent->children_by_address; each; each = each->next)
    if (each->address == address) return each;
  struct dependences *each = arena_take(sizeof *each);
  each->address = address;
  each->next = parent->children_by_address;
  parent->children_by_address = each;
  return each;
}

static void add_member(struct member **list, struct task *task) {
  struct member *member = arena_take(sizeof *member);
  member->task = task;
  member->next = *list;
  *list = member;
  task->references++;
}

static void add_before(struct task *task, struct member *members) {
  unsigned more = 0;
  for (struct member *each = members; each; each = each->next) more += each->task != task;
  if (!more) return;
  struct task **all = arena_take((task->before_count + more) * sizeof *all);
  for (unsigned index = 0; index < task->before_count; index++) all[index] = task->before[index];
  if (task->before) arena_give(task->before, task->before_count * sizeof *all);
  task->before = all;
  for (; members; members = members->next) {
    if (members->task == task) continue;
    members->task->references++;
    all[task->before_count++] = members->task;
  }
}

static void add_exclusion(struct task *task, struct exclusion *exclusion) {
  struct exclusion **all = arena_take((task->exclusion_count + 1) * sizeof *all);
  for (unsigned index = 0; index < task->exclusion_count; index++) all[index] = task->exclusions[index];
  if (task->exclusions) arena_give(task->exclusions, task->exclusion_count * sizeof *all);
  exclusion->references++;
  all[task->exclusion_count++] = exclusion;
  task->exclusions = all;
}

static void depend_on(struct task *task, void *address, enum kind kind, bool as_task) {
  struct dependences *at = find(task->parent, address);
  if (kind == INOUT) kind = OUT;
  bool joins = at->now && at->kind == kind && kind != OUT;
  if (at->now && at->now->task == task) { /* named twice in one construct: the stronger kind holds */
    if (kind != IN) at->kind = OUT;
    return;
  }
  if (!as_task) {
    add_before(task, joins ? at->before : at->now);
    return;
  }
  if (!joins && at->now) {
    members_free(at->before);
    exclusion_drop(at->exclusion);
    at->exclusion = NULL;
    at->before = at->now;
    at->now = NULL;
  }
  at->kind = kind;
  add_before(task, at->before);
  add_member(&at->now, task);
  if (kind == MUTEXINOUTSET) {
    if (!at->exclusion) {
      at->exclusion = arena_take(sizeof *at->exclusion);
      at->exclusion->order = order_new();
      at->exclusion->references = 1;
    }
    add_exclusion(task, at->exclusion);
  }
}

/* The compiler's array. Where the first word is not 0, it is the number of addresses, the second that of `out` ones,
 * which come first; else the numbers of all, of `out`, `mutexinoutset` and `in` ones follow, then the addresses in that
 * order, and at the end objects of type omp_depend_t: an address and a kind. */
void depend_register(struct task *task, void **depend, bool as_task) {
  uintptr_t all = (uintptr_t)depend[0], out = (uintptr_t)depend[1], exclusive = 0, in;
  void **addresses = depend + 2;
  if (all) {
    in = all - out;
  } else {
    all = (uintptr_t)depend[1];
    out = (uintptr_t)depend[2];
    exclusive = (uintptr_t)depend[3];
    in = (uintptr_t)depend[4];
    addresses = depend + 5;
  }
  for (uintptr_t index = 0; index < all; index++) {
    if (index < out)
      depend_on(task, addresses[index], OUT, as_task);
    else if (index < out + exclusive)
      depend_on(task, addresses[index], MUTEXINOUTSET, as_task);
    else if (index < out + exclusive + in)
      depend_on(task, addresses[index], IN, as_task);
    else {
      void **object = addresses[index];
      depend_on(task, object[0], (enum kind)(uintptr_t)object[1], as_task);
    }
  }
}

bool depend_ready(struct task *task) {
  for (unsigned index = 0; index < task->before_count; index++)
    if (!task->before[index]->done) return false;
  for (unsigned index = 0; index < task->exclusion_count; index++)
    if (task->exclusions[index]->held) return false;
  /* From here to `depend_enter` nobody else runs but the strand that is being started for it. */
  return true;
}

void depend_enter(struct task *task) {
  for (unsigned index = 0; index < task->before_count; index++) {
    order_acquire(task->before[index]->end);
    task_forget(task->before[index]);
  }
  if (task->before) arena_give(task->before, task->before_count * sizeof *task->before);
  task->before = NULL;
  task->before_count = 0;
  for (unsigned index = 0; index < task->exclusion_count; index++) {
    task->exclusions[index]->held = true;
    order_acquire(task->exclusions[index]->order);
  }
}

void depend_leave(struct task *task) {
  for (unsigned index = 0; index < task->exclusion_count; index++) {
    order_release(task->exclusions[index]->order);
    task->exclusions[index]->held = false;
    exclusion_drop(task->exclusions[index]);
  }
  if (task->exclusions) arena_give(task->exclusions, task->exclusion_count * sizeof *task->exclusions);
  task->exclusions = NULL;
  task->exclusion_count = 0;
}
