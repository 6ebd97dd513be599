/* loop.c: the GOMP_loop_* entry points of worksharing loops.
 *
 * gcc computes schedule(static) inline, so the text under test is changed to schedules that call the runtime (see
 * lane_text.py): what had none, or a dynamic one, comes by the "nonmonotonic_dynamic" entries; what was static, by
 * "dynamic" with its chunk, or "guided" where it had none. Those two promise that equal loops are dealt out equally. */
#include "lanes.h"

enum how { FREE, FIXED, BLOCKS }; /* any lane; as static with this chunk; as static without a chunk */

static ull span(ull start, ull end, ull increment, bool up) {
  if (up) return start < end ? (end - start - 1) / increment + 1 : 0;
  return start > end ? (start - end - 1) / -increment + 1 : 0;
}

static ull span_signed(long start, long end, long increment) {
  if (increment > 0) return start < end ? ((ull)end - (ull)start - 1) / (ull)increment + 1 : 0;
  return start > end ? ((ull)start - (ull)end - 1) / -(ull)increment + 1 : 0;
}

static bool next(ull *first, ull *last) {
  struct lane *lane = this_lane();
  struct share *share = lane->share;
  uint64_t begin, end;
  if (!share_next(share, &begin, &end)) {
    frame_drop(lane);
    if (!share->count) frame_replace(lane, FRAME_EMPTY, 0);
    return false;
  }
  *first = share->start + begin * share->increment;
  *last = share->start + end * share->increment;
  frame_replace(lane, FRAME_ITERATION, (int64_t)*first);
  return true;
}

static struct share *open_loop(ull start, ull increment, ull count, ull chunk, enum how how) {
  struct share *share = share_enter();
  share->start = start;
  share->increment = increment;
  share_start(share, count, how == BLOCKS ? 1 : chunk, how != FREE);
  return share;
}

static bool start_signed(long start, long end, long increment, long chunk, enum how how, long *first, long *last) {
  open_loop((ull)start, (ull)increment, span_signed(start, end, increment), chunk < 1 ? 1 : (ull)chunk, how);
  return next((ull *)first, (ull *)last);
}

static bool start_ull(bool up, ull start, ull end, ull increment, ull chunk, enum how how, ull *first, ull *last) {
  open_loop(start, increment, span(start, end, increment, up), chunk, how);
  return next(first, last);
}

/* One start and one next for signed and for unsigned loop variables. */
#define LOOP(name, how)                                                                                                \
  bool GOMP_loop_##name##_start(long start, long end, long increment, long chunk, long *first, long *last) {           \
    return start_signed(start, end, increment, chunk, how, first, last);                                               \
  }                                                                                                                    \
  bool GOMP_loop_ull_##name##_start(bool up, ull start, ull end, ull increment, ull chunk, ull *first, ull *last) {    \
    return start_ull(up, start, end, increment, chunk, how, first, last);                                              \
  }                                                                                                                    \
  NEXT(name)
#define RUNTIME_LOOP(name)                                                                                             \
  bool GOMP_loop_##name##_start(long start, long end, long increment, long *first, long *last) {                       \
    return start_signed(start, end, increment, 1, FREE, first, last);                                                  \
  }                                                                                                                    \
  bool GOMP_loop_ull_##name##_start(bool up, ull start, ull end, ull increment, ull *first, ull *last) {               \
    return start_ull(up, start, end, increment, 1, FREE, first, last);                                                 \
  }                                                                                                                    \
  NEXT(name)
#define NEXT(name)                                                                                                     \
  bool GOMP_loop_##name##_next(long *first, long *last) { return next((ull *)first, (ull *)last); }                    \
  bool GOMP_loop_ull_##name##_next(ull *first, ull *last) { return next(first, last); }

LOOP(static, BLOCKS)
LOOP(dynamic, FIXED)
LOOP(guided, BLOCKS)
LOOP(nonmonotonic_dynamic, FREE)
LOOP(nonmonotonic_guided, FREE)
RUNTIME_LOOP(runtime)
RUNTIME_LOOP(nonmonotonic_runtime)
RUNTIME_LOOP(maybe_nonmonotonic_runtime)
LOOP(ordered_static, BLOCKS)
LOOP(ordered_dynamic, FREE)
LOOP(ordered_guided, FREE)
RUNTIME_LOOP(ordered_runtime)

/* The general form, for reductions with the task modifier and for conditional lastprivate. Where the compiler shares
 * out the iterations itself it passes no place for them, and only wants the rest. */
enum { SCHEDULE_STATIC = 1 };

bool GOMP_loop_start(long start, long end, long increment, long schedule, long chunk, long *first, long *last,
                     uintptr_t *reductions, void **memory) {
  bool fixed = (schedule & 0xff) == SCHEDULE_STATIC;
  struct share *share = open_loop((ull)start, (ull)increment, span_signed(start, end, increment),
                                  chunk < 1 ? 1 : (ull)chunk, fixed ? FIXED : FREE);
  share_reductions(share, reductions, memory);
  return first ? next((ull *)first, (ull *)last) : true;
}

bool GOMP_loop_ull_start(bool up, ull start, ull end, ull increment, long schedule, ull chunk, ull *first, ull *last,
                         uintptr_t *reductions, void **memory) {
  bool fixed = (schedule & 0xff) == SCHEDULE_STATIC;
  struct share *share =
      open_loop(start, increment, span(start, end, increment, up), chunk ? chunk : 1, fixed ? FIXED : FREE);
  share_reductions(share, reductions, memory);
  return first ? next(first, last) : true;
}

bool GOMP_loop_ordered_start(long start, long end, long increment, long schedule, long chunk, long *first, long *last,
                             uintptr_t *reductions, void **memory) {
  return GOMP_loop_start(start, end, increment, schedule, chunk, first, last, reductions, memory);
}

bool GOMP_loop_ull_ordered_start(bool up, ull start, ull end, ull increment, long schedule, ull chunk, ull *first,
                                 ull *last, uintptr_t *reductions, void **memory) {
  return GOMP_loop_ull_start(up, start, end, increment, schedule, chunk, first, last, reductions, memory);
}

static void leave(void) {
  struct lane *lane = this_lane();
  /* After a loop without iterations gcc has every lane write the lastprivate variables: that stays marked. */
  if (!lane->share || lane->share->count) frame_drop(lane);
  if (lane->share) share_leave(lane->share);
  lane->share = NULL;
}

void GOMP_loop_end(void) {
  leave();
  team_barrier(false);
}

void GOMP_loop_end_nowait(void) { leave(); }

bool GOMP_loop_end_cancel(void) {
  leave();
  team_barrier(true);
  return this_team()->cancelled;
}

/* parallel and loop in one call: each lane finds the loop started, and only asks for its next iterations. */
struct combined {
  ull start, increment, count, chunk;
  enum how how;
};

static void prepare_loop(struct team *team, void *subject) {
  const struct combined *loop = subject;
  struct task *encountering = current->task;
  for (unsigned number = 0; number < team->count; number++) {
    current->task = &team->lanes[number].implicit; /* as if the lane itself had arrived */
    open_loop(loop->start, loop->increment, loop->count, loop->chunk, loop->how);
  }
  current->task = encountering;
}

static void parallel_loop(void (*fn)(void *), void *data, unsigned threads, long start, long end, long increment,
                          long chunk, enum how how) {
  struct combined loop = {(ull)start, (ull)increment, span_signed(start, end, increment), chunk < 1 ? 1 : (ull)chunk,
                          how};
  team_run(fn, data, team_size(threads), prepare_loop, &loop);
}

#define PARALLEL_LOOP(name, how)                                                                                       \
  void GOMP_parallel_loop_##name(void (*fn)(void *), void *data, unsigned threads, long start, long end,               \
                                 long increment, long chunk, unsigned flags) {                                         \
    (void)flags;                                                                                                       \
    parallel_loop(fn, data, threads, start, end, increment, chunk, how);                                               \
  }
#define PARALLEL_RUNTIME_LOOP(name)                                                                                    \
  void GOMP_parallel_loop_##name(void (*fn)(void *), void *data, unsigned threads, long start, long end,               \
                                 long increment, unsigned flags) {                                                     \
    (void)flags;                                                                                                       \
    parallel_loop(fn, data, threads, start, end, increment, 1, FREE);                                                  \
  }

PARALLEL_LOOP(static, BLOCKS)
PARALLEL_LOOP(dynamic, FIXED)
PARALLEL_LOOP(guided, BLOCKS)
PARALLEL_LOOP(nonmonotonic_dynamic, FREE)
PARALLEL_LOOP(nonmonotonic_guided, FREE)
PARALLEL_RUNTIME_LOOP(runtime)
PARALLEL_RUNTIME_LOOP(nonmonotonic_runtime)
PARALLEL_RUNTIME_LOOP(maybe_nonmonotonic_runtime)
