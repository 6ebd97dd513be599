/* ordered.c: ordered regions, and doacross loops with their sources and sinks. */
#include "lanes.h"

void __tsan_release(void *);
void __tsan_acquire(void *);

/* --- ordered -------------------------------------------------------------------------------------------------- */

/* It is this lane's turn when no other lane still runs, or has before it, an earlier chunk. Lanes that have not even
 * reached the loop count: `at` is set for all from the beginning. */
static bool turn(struct strand *strand) {
  struct lane *lane = strand->subject;
  struct share *share = lane->share;
  for (unsigned number = 0; number < lane->team->count; number++)
    if (share->at[number] < share->at[lane->number]) return false;
  return true;
}

void GOMP_ordered_start(void) {
  struct lane *lane = this_lane();
  if (!lane->share) return; /* orphaned, outside of any loop: nothing to order */
  if (!turn(&(struct strand){.subject = lane})) strand_wait(turn, lane, "its turn in an ordered region", false);
  order_acquire(lane->share->order);
}

void GOMP_ordered_end(void) {
  struct lane *lane = this_lane();
  if (lane->share) order_release(lane->share->order);
}

/* --- doacross ------------------------------------------------------------------------------------------------- */

enum { MOST_POINTS = 1 << 26 };

bool GOMP_loop_nonmonotonic_dynamic_next(long *, long *);
bool GOMP_loop_ull_nonmonotonic_dynamic_next(ull *, ull *);

/* The first extent is that of the loop whose iterations are dealt out. One byte for each point of the iteration space:
 * whether it was posted, and as an address, what carries the order. */
static void open_doacross(unsigned dimensions, const ull *counts, ull chunk, bool fixed, uintptr_t *reductions,
                          void **memory) {
  struct share *share = share_enter();
  share->start = 0;
  share->increment = 1;
  if (!share->posted) {
    if (dimensions > 16) die(STATUS_UNSUPPORTED, "a doacross loop of more than 16 dimensions");
    share->dimensions = dimensions;
    share->total = 1;
    for (unsigned index = 0; index < dimensions; index++) {
      share->extents[index] = counts[index];
      if (counts[index] && share->total > MOST_POINTS / counts[index])
        die(STATUS_UNSUPPORTED, "a doacross loop of more than %d points", MOST_POINTS);
      share->total *= counts[index];
    }
    if (share->total) share->posted = arena_take(share->total);
  }
  share_start(share, counts[0], chunk ? chunk : 1, fixed);
  share_reductions(share, reductions, memory);
}

static char *point(const long *at) {
  struct share *share = this_lane()->share;
  uint64_t index = 0;
  for (unsigned dimension = 0; dimension < share->dimensions; dimension++) {
    if ((uint64_t)at[dimension] >= share->extents[dimension]) return NULL;
    index = index * share->extents[dimension] + (uint64_t)at[dimension];
  }
  return share->posted + index;
}

static bool posted(struct strand *strand) { return *(volatile char *)strand->subject; }

static void wait_for(const long *at) {
  char *cell = point(at);
  if (!cell) return; /* a sink outside of the iteration space waits for nothing */
  if (!*cell) strand_wait(posted, cell, "an iteration of a doacross loop", false);
  __tsan_acquire(cell);
}

void GOMP_doacross_post(long *at) {
  char *cell = point(at);
  if (!cell) return;
  __tsan_release(cell);
  *cell = 1;
}

void GOMP_doacross_ull_post(ull *at) { GOMP_doacross_post((long *)at); }

#define COLLECT(type, first)                                                                                           \
  long at[16] = {(long)(first)};                                                                                       \
  va_list rest;                                                                                                        \
  va_start(rest, first);                                                                                               \
  for (unsigned index = 1; index < this_lane()->share->dimensions; index++) at[index] = (long)va_arg(rest, type);      \
  va_end(rest);

void GOMP_doacross_wait(long first, ...) {
  COLLECT(long, first)
  wait_for(at);
}

void GOMP_doacross_ull_wait(ull first, ...) {
  COLLECT(ull, first)
  wait_for(at);
}

#define DOACROSS(name, fixed)                                                                                          \
  bool GOMP_loop_doacross_##name##_start(unsigned dimensions, long *counts, long chunk, long *first, long *last) {     \
    open_doacross(dimensions, (ull *)counts, (ull)chunk, fixed, NULL, NULL);                                           \
    return GOMP_loop_nonmonotonic_dynamic_next(first, last);                                                           \
  }                                                                                                                    \
  bool GOMP_loop_ull_doacross_##name##_start(unsigned dimensions, ull *counts, ull chunk, ull *first, ull *last) {     \
    open_doacross(dimensions, counts, chunk, fixed, NULL, NULL);                                                       \
    return GOMP_loop_ull_nonmonotonic_dynamic_next(first, last);                                                       \
  }
DOACROSS(static, true)
DOACROSS(dynamic, false)
DOACROSS(guided, false)

bool GOMP_loop_doacross_runtime_start(unsigned dimensions, long *counts, long *first, long *last) {
  return GOMP_loop_doacross_dynamic_start(dimensions, counts, 1, first, last);
}

bool GOMP_loop_ull_doacross_runtime_start(unsigned dimensions, ull *counts, ull *first, ull *last) {
  return GOMP_loop_ull_doacross_dynamic_start(dimensions, counts, 1, first, last);
}

bool GOMP_loop_doacross_start(unsigned dimensions, long *counts, long schedule, long chunk, long *first, long *last,
                              uintptr_t *reductions, void **memory) {
  (void)schedule;
  open_doacross(dimensions, (ull *)counts, (ull)chunk, false, reductions, memory);
  return first ? GOMP_loop_nonmonotonic_dynamic_next(first, last) : true;
}

bool GOMP_loop_ull_doacross_start(unsigned dimensions, ull *counts, long schedule, ull chunk, ull *first, ull *last,
                                  uintptr_t *reductions, void **memory) {
  (void)schedule;
  open_doacross(dimensions, counts, chunk, false, reductions, memory);
  return first ? GOMP_loop_ull_nonmonotonic_dynamic_next(first, last) : true;
}
