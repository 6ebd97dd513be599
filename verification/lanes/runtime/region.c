/* region.c: the entry points of parallel, teams, barrier, single, sections and scope. */
#include "lanes.h"

void GOMP_parallel(void (*fn)(void *), void *data, unsigned threads, unsigned flags) {
  (void)flags;
  team_run(fn, data, team_size(threads), NULL, NULL);
}

static void prepare_reductions(struct team *team, void *subject) {
  uintptr_t *reductions = subject;
  struct group *group = arena_take(sizeof *group); /* of all implicit tasks; no one ends it, the final barrier does */
  group->order = order_new();
  reductions_register(group, reductions, team->count);
  for (unsigned number = 0; number < team->count; number++) {
    team->lanes[number].implicit.group = group;
    team->lanes[number].implicit.touches_worker = true; /* each writes its own part */
  }
}

/* The first word of the data is the address of the reductions' array. Returns how many lanes have a copy there. */
unsigned GOMP_parallel_reductions(void (*fn)(void *), void *data, unsigned threads, unsigned flags) {
  (void)flags;
  unsigned count = team_size(threads);
  team_run(fn, data, count, prepare_reductions, *(uintptr_t **)data);
  return count;
}

void GOMP_barrier(void) { team_barrier(false); }

bool GOMP_barrier_cancel(void) {
  team_barrier(true);
  return this_team()->cancelled;
}

/* --- single --------------------------------------------------------------------------------------------------- */

/* Which lane executes it follows from the seed, not from who comes first. */
static bool chosen(const struct share *share) {
  struct team *team = this_team();
  return this_lane()->number == mix(team->salt, share->sequence) % team->count;
}

bool GOMP_single_start(void) {
  struct share *share = share_enter();
  bool mine = chosen(share);
  share_leave(share);
  return mine;
}

static bool has_data(struct strand *strand) {
  struct share *share = strand->subject;
  return share->has_data;
}

/* With copyprivate: NULL for the lane that executes it, for the others what that one handed out. */
void *GOMP_single_copy_start(void) {
  struct share *share = share_enter();
  if (chosen(share)) {
    this_lane()->copying = share;
    return NULL;
  }
  strand_wait(has_data, share, "the data of a single construct", true);
  order_acquire(share->order);
  void *data = share->data;
  share_leave(share);
  return data;
}

void GOMP_single_copy_end(void *data) {
  struct share *share = this_lane()->copying;
  share->data = data;
  share->has_data = true;
  order_release(share->order);
  share_leave(share);
}

/* --- sections and scope --------------------------------------------------------------------------------------- */

unsigned GOMP_sections_next(void) {
  struct lane *lane = this_lane();
  uint64_t first, last;
  if (!share_next(lane->share, &first, &last)) {
    frame_drop(lane);
    return 0;
  }
  frame_replace(lane, FRAME_SECTION, (int64_t)first + 1);
  return (unsigned)first + 1;
}

static struct share *open_sections(unsigned count) {
  struct share *share = share_enter();
  share->is_sections = true;
  share_start(share, count, 1, false);
  return share;
}

unsigned GOMP_sections_start(unsigned count) {
  open_sections(count);
  return GOMP_sections_next();
}

unsigned GOMP_sections2_start(unsigned count, uintptr_t *reductions, void **memory) {
  share_reductions(open_sections(count), reductions, memory);
  return GOMP_sections_next();
}

void GOMP_loop_end(void);
void GOMP_loop_end_nowait(void);
bool GOMP_loop_end_cancel(void);
void GOMP_sections_end(void) { GOMP_loop_end(); }
void GOMP_sections_end_nowait(void) { GOMP_loop_end_nowait(); }
bool GOMP_sections_end_cancel(void) { return GOMP_loop_end_cancel(); }

static void prepare_sections(struct team *team, void *subject) {
  struct task *encountering = current->task;
  for (unsigned number = 0; number < team->count; number++) {
    current->task = &team->lanes[number].implicit;
    open_sections(*(unsigned *)subject);
  }
  current->task = encountering;
}

void GOMP_parallel_sections(void (*fn)(void *), void *data, unsigned threads, unsigned count, unsigned flags) {
  (void)flags;
  team_run(fn, data, team_size(threads), prepare_sections, &count);
}

/* A scope calls the runtime only for reductions with the task modifier. */
void GOMP_scope_start(uintptr_t *reductions) {
  struct share *share = share_enter();
  share_reductions(share, reductions, NULL);
  share_leave(share);
}

/* --- teams on the host ---------------------------------------------------------------------------------------- */

enum { MOST_TEAMS_AT_ONCE = 8, TEAMS = 4 };

void GOMP_teams_reg(void (*fn)(void *), void *data, unsigned teams, unsigned limit, unsigned flags) {
  (void)flags;
  if (!teams) teams = TEAMS;
  if (teams > MOST_LANES) teams = MOST_LANES;
  league_run(fn, data, teams, teams, limit);
}

/* Inside a target region the compiler makes a loop of it: the body runs until this says that no team is left. The
 * lanes of the league take the teams in turn. */
bool GOMP_teams4(unsigned least, unsigned most, unsigned limit, bool first) {
  struct team *team = this_team();
  (void)least;
  if (first) {
    unsigned lanes = team->league_size;
    team->league_size = most ? most : lanes;
    team->league_stride = lanes; /* how far it is to the next team of this lane */
    if (limit) team->thread_limit = limit;
  } else {
    team->league_number += team->league_stride;
  }
  return team->league_number < team->league_size;
}

void GOMP_teams(unsigned teams, unsigned limit) { GOMP_teams4(teams, teams, limit, true); }
