/* taskgroup.c: taskgroup, its reductions, and taskloop. */
#include "lanes.h"
#include <stdlib.h>

struct task *task_create(void (*fn)(void *), void *data, void (*copy)(void *, void *), long size, long alignment,
                         bool deferred, unsigned flags, void **depend, void **detach);

void group_enter(void) {
  struct group *group = arena_take(sizeof *group);
  group->outer = current->task->group;
  group->order = order_new();
  current->task->group = group;
}

static bool no_members(struct strand *strand) { return ((struct group *)strand->subject)->unfinished == 0; }

void group_leave(void) {
  struct group *group = current->task->group;
  if (group->unfinished) strand_wait(no_members, group, "the tasks of a taskgroup", true);
  order_acquire(group->order);
  current->task->group = group->outer;
  order_free(group->order);
  arena_give(group, sizeof *group);
}

void GOMP_taskgroup_start(void) { group_enter(); }
void GOMP_taskgroup_end(void) { group_leave(); }

/* --- reductions ----------------------------------------------------------------------------------------------- */

/* The compiler's array: [0] how many variables, [1] bytes that a lane needs, [2] alignment, and then the address of
 * the area for all lanes, [4] the array of the group outside, [6] the area's end, then three words a variable, of which
 * the first is its address and the second its offset in a lane's part. A part begins as zeros; the compiler's code sets
 * a flag in it when it has been used. */
enum { COUNT, SIZE, AREA, OUTER = 4, AREA_END = 6, FIRST = 7, WORDS = 3 };

void reductions_register(struct group *group, uintptr_t *array, unsigned lanes) {
  size_t size = array[SIZE] * lanes, alignment = array[AREA] < 16 ? 16 : array[AREA];
  void *area = NULL;
  if (posix_memalign(&area, alignment, size ? size : alignment)) die(STATUS_UNSUPPORTED, "out of memory");
  for (size_t index = 0; index < size; index++) ((volatile char *)area)[index] = 0;
  array[AREA] = (uintptr_t)area;
  array[AREA_END] = (uintptr_t)area + size;
  array[OUTER] = (uintptr_t)(group->reductions ? group->reductions : group->outer ? group->outer->reductions : NULL);
  group->reductions = array;
}

void GOMP_taskgroup_reduction_register(uintptr_t *array) {
  for (; array; array = (uintptr_t *)array[OUTER]) {
    uintptr_t *following = (uintptr_t *)array[OUTER];
    reductions_register(current->task->group, array, this_team()->count);
    if (following) array[OUTER] = (uintptr_t)following;
    if (!following) return;
  }
}

void GOMP_taskgroup_reduction_unregister(uintptr_t *array) { free((void *)array[AREA]); }

/* Replaces addresses of variables, or of somebody's copies, by those of this lane's copies; the first `original` ones
 * get the variables' own addresses as well, behind the others. */
void GOMP_task_reduction_remap(size_t count, size_t original, void **addresses) {
  touch_worker(); /* a lane's part is used by all tasks that it runs, one after the other */
  struct lane *lane = this_lane();
  for (size_t index = 0; index < count; index++) {
    uintptr_t wanted = (uintptr_t)addresses[index];
    struct group *group = current->task->group;
    while (group && !group->reductions) group = group->outer;
    for (uintptr_t *array = group ? group->reductions : NULL; array; array = (uintptr_t *)array[OUTER]) {
      bool copy = wanted >= array[AREA] && wanted < array[AREA_END];
      for (uintptr_t number = 0; number < array[COUNT]; number++) {
        uintptr_t *variable = array + FIRST + number * WORDS;
        if (copy ? (wanted - array[AREA]) % array[SIZE] != variable[1] : wanted != variable[0]) continue;
        addresses[index] = (void *)(array[AREA] + lane->number * array[SIZE] + variable[1]);
        if (index < original) addresses[count + index] = (void *)variable[0];
        goto next;
      }
    }
    die(STATUS_UNSUPPORTED, "in_reduction of a variable that no reduction around it names");
  next:;
  }
}

/* Ends the reductions of a worksharing construct. Lane 0 has combined the copies; the others wait for that. */
void GOMP_workshare_task_reduction_unregister(bool cancelled) {
  group_leave();
  if (!cancelled) team_barrier(false);
}

/* --- taskloop ------------------------------------------------------------------------------------------------- */

enum { UP = 256, GRAINSIZE = 512, IF = 1024, NOGROUP = 2048, REDUCTION = 4096, FINAL = 2 };
enum { TASKS = 64 };

/* How many iterations each task gets: what the program asks for, else one, unless there would be too many tasks. */
static ull grain(ull count, unsigned flags, unsigned long wanted) {
  if (wanted && (flags & GRAINSIZE)) return wanted;
  if (wanted) return (count + wanted - 1) / wanted;
  return (count + TASKS - 1) / TASKS;
}

static void taskloop(void (*fn)(void *), void *data, void (*copy)(void *, void *), long size, long alignment,
                     unsigned flags, unsigned long wanted, ull start, ull step, ull count) {
  if (!(flags & NOGROUP)) {
    group_enter();
    if (flags & REDUCTION) GOMP_taskgroup_reduction_register(((uintptr_t **)data)[2]);
  }
  ull each = count ? grain(count, flags, wanted) : 1;
  if (each == 0) each = 1;
  for (ull first = 0; first < count; first += each) {
    ull last = count - first > each ? first + each : count;
    ((ull *)data)[0] = start + first * step; /* the compiler's code reads its bounds from the first two words */
    ((ull *)data)[1] = start + last * step;
    task_create(fn, data, copy, size, alignment, flags & IF, flags & (FINAL | REDUCTION), NULL, NULL);
  }
  if (!(flags & NOGROUP)) group_leave();
}

void GOMP_taskloop(void (*fn)(void *), void *data, void (*copy)(void *, void *), long size, long alignment,
                   unsigned flags, unsigned long tasks, int priority, long start, long end, long step) {
  (void)priority;
  ull count = step > 0 ? (start < end ? ((ull)end - (ull)start - 1) / (ull)step + 1 : 0)
                       : (start > end ? ((ull)start - (ull)end - 1) / -(ull)step + 1 : 0);
  taskloop(fn, data, copy, size, alignment, flags, tasks, (ull)start, (ull)step, count);
}

void GOMP_taskloop_ull(void (*fn)(void *), void *data, void (*copy)(void *, void *), long size, long alignment,
                       unsigned flags, unsigned long tasks, int priority, ull start, ull end, ull step) {
  (void)priority;
  ull count = flags & UP ? (start < end ? (end - start - 1) / step + 1 : 0)
                         : (start > end ? (start - end - 1) / -step + 1 : 0);
  taskloop(fn, data, copy, size, alignment, flags, tasks, start, step, count);
}
