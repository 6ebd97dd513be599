/* team.c: teams of lanes, forked and joined; barriers; leagues of teams. */
#include "lanes.h"

static struct worker first_worker;
static struct worker *idle_workers;
static struct team first_team;
static struct lane first_lane;
static uint64_t regions;

struct lane *this_lane(void) { return current->task->lane; }
struct team *this_team(void) { return this_lane()->team; }

static void implicit_task(struct lane *lane, struct task *parent) {
  struct task *task = &lane->implicit;
  task->lane = lane;
  task->parent = parent;
  task->implicit = true;
  task->references = 1;
  task->children = order_new();
  task->final = parent && parent->final;
}

static void team_open(struct team *team, unsigned count) {
  team->count = count;
  team->lanes = count == 1 && team == &first_team ? &first_lane : arena_take(count * sizeof(struct lane));
  team->barrier[0] = order_new();
  team->barrier[1] = order_new();
  team->fork = order_new();
  team->salt = mix(settings.seed, ++regions);
  team->league_size = team->league_stride = 1;
  for (unsigned number = 0; number < count; number++) {
    team->lanes[number].team = team;
    team->lanes[number].number = number;
  }
}

static void team_close(struct team *team) {
  for (unsigned number = 0; number < team->count; number++) {
    struct task *task = &team->lanes[number].implicit;
    depend_drop(task);
    /* A child that nobody waited for may not have let go of it yet; all have finished. */
    order_free(task->children);
  }
  while (team->shares) {
    struct share *share = team->shares;
    team->shares = share->next;
    order_free(share->order);
    arena_give(share, sizeof *share);
  }
  order_free(team->barrier[0]);
  order_free(team->barrier[1]);
  order_free(team->fork);
  arena_give(team->lanes, team->count * sizeof(struct lane));
  arena_give(team, sizeof *team);
}

/* The initial thread: before constructors of the program, which may use OpenMP. */
__attribute__((constructor(103))) static void begin(void) {
  first_team.wanted = settings.lanes;
  first_team.active_levels = settings.levels;
  first_lane.worker = &first_worker;
  first_worker.order = order_new();
  first_worker.initial = true;
  team_open(&first_team, 1);
  implicit_task(&first_lane, NULL);
  current->task = &first_lane.implicit;
  first_lane.inside = current;
}

void touch_worker(void) {
  struct task *task = current->task;
  order_acquire(task->lane->worker->order);
  task->touches_worker = true;
}

static struct worker *worker_take(void) {
  struct worker *worker = idle_workers;
  if (worker) {
    idle_workers = worker->next;
    return worker;
  }
  worker = arena_take(sizeof *worker);
  worker->order = order_new();
  return worker;
}

/* --- barriers ------------------------------------------------------------------------------------------------- */

static bool barrier_open(struct strand *strand) {
  struct lane *lane = strand->subject;
  struct team *team = lane->team;
  if (team->generation != lane->at) return true;
  if (team->arrived < team->count || team->unfinished > 0) return team->cancelled && team->unfinished == 0;
  team->generation++;
  team->arrived = 0;
  return true;
}

/* All tasks of the team finish here too. Two orders in turn: a lane that is first through releases the next barrier's
 * while others still have to acquire this one's. */
void team_barrier(bool cancellable) {
  struct lane *lane = this_lane();
  struct team *team = lane->team;
  if (cancellable && team->cancelled) return;
  unsigned long generation = team->generation;
  order *order = team->barrier[generation & 1];
  order_release(order);
  team->arrived++;
  uint64_t at = lane->at;
  lane->at = generation; /* `at` is free: no lane is in a loop and at a barrier of its team at once */
  strand_wait(barrier_open, lane, "the other lanes at a barrier", true);
  lane->at = at;
  order_acquire(order);
}

/* --- fork and join -------------------------------------------------------------------------------------------- */

static void lane_end(struct lane *lane) {
  frame_drop(lane);
  team_barrier(false);
}

static void lane_body(void *subject) {
  struct lane *lane = subject;
  struct team *team = lane->team;
  order_acquire(team->fork);
  team->fn(team->data);
  lane_end(lane);
  team->reached_end++;
}

static bool all_left(struct strand *strand) {
  struct team *team = strand->subject;
  return team->reached_end == team->count - 1;
}

/* Threads that the program made by itself are real ones, and no lanes can be on them. */
static void *first_thread;
__attribute__((constructor(101))) static void remember_thread(void) { first_thread = __builtin_thread_pointer(); }
bool on_first_thread(void) { return __builtin_thread_pointer() == first_thread && current->task; }

void team_run(void (*fn)(void *), void *data, unsigned count, void (*prepare)(struct team *, void *), void *subject) {
  if (!on_first_thread())
    die(STATUS_UNSUPPORTED, "OpenMP is used in a thread that the program made by itself");
  struct strand *self = current;
  struct task *parent = self->task;
  struct lane *outside = parent->lane;
  struct team *outer = outside->team, *team = arena_take(sizeof *team);
  team_open(team, count);
  team->outer = outer;
  team->outer_lane = outside->number;
  team->level = outer->level + 1;
  team->active_level = outer->active_level + (count > 1);
  team->league_number = outer->league_number;
  team->league_size = outer->league_size;
  team->thread_limit = outer->thread_limit;
  team->contention_group = outer->contention_group;
  team->wanted = outer->wanted;
  team->active_levels = outer->active_levels;
  team->fn = fn;
  team->data = data;
  bool fresh = outer->active_level > 0 || outer->league_size > 1 || !parent->implicit;
  struct worker *taken[MOST_LANES];
  for (unsigned number = 0; number < count; number++) {
    struct lane *lane = &team->lanes[number];
    taken[number] = number == 0 ? outside->worker : worker_take();
    lane->worker = taken[number];
    implicit_task(lane, parent);
  }
  if (prepare) prepare(team, subject);
  order_release(team->fork);
  for (unsigned number = 1; number < count; number++) { /* a thread begins with its implicit task: no other goes first */
    struct lane *lane = &team->lanes[number];
    lane->inside = strand_start(lane_body, lane, &lane->implicit, fresh);
  }
  /* The encountering strand is lane 0. It waits for its turn like the others, so that any of them may be the first. */
  team->lanes[0].inside = self;
  self->task = &team->lanes[0].implicit;
  if (count > 1) strand_yield(false);
  fn(data);
  lane_end(&team->lanes[0]);
  strand_wait(all_left, team, "the lanes of a team to end", false);
  self->task = parent;
  outside->inside = self;
  for (unsigned number = count; number-- > 1;) { /* so that the next team gets the same workers in the same order */
    taken[number]->next = idle_workers;
    idle_workers = taken[number];
  }
  team_close(team);
}

unsigned team_size(unsigned requested) {
  struct team *team = this_team();
  unsigned size = requested ? requested : team->wanted;
  if (requested == 1 || team->active_level >= team->active_levels) return 1;
  if (!requested && team->active_level > 0 && size > 3) size = 3; /* nested, and nobody chose: dyn-var is true */
  if (team->thread_limit && size > team->thread_limit) size = team->thread_limit;
  return size > MOST_LANES ? MOST_LANES : size < 1 ? 1 : size;
}

/* --- leagues -------------------------------------------------------------------------------------------------- */

struct league {
  void (*fn)(void *);
  void *data;
  order *fork, *join;
  unsigned lanes, teams, limit, ended;
};
struct league_lane {
  struct league *league;
  unsigned number;
};

/* One initial thread of the league: a team of one lane, whose parallel regions are at level 1 again. */
static void league_member(struct league_lane *member, bool own_strand) {
  struct league *league = member->league;
  struct task *outside = current->task;
  struct team *team = arena_take(sizeof *team);
  team_open(team, 1);
  team->league_number = member->number;
  team->league_size = league->teams;
  team->thread_limit = league->limit;
  team->contention_group = member->number + 1;
  team->wanted = settings.lanes < 4 ? settings.lanes : 4;
  team->active_levels = settings.levels;
  team->lanes[0].worker = own_strand ? worker_take() : outside->lane->worker;
  implicit_task(&team->lanes[0], NULL);
  current->task = &team->lanes[0].implicit;
  team->lanes[0].inside = current;
  league->fn(league->data);
  frame_drop(&team->lanes[0]);
  if (own_strand) {
    team->lanes[0].worker->next = idle_workers;
    idle_workers = team->lanes[0].worker;
  }
  current->task = outside;
  team_close(team);
}

static void league_body(void *subject) {
  struct league_lane *member = subject;
  order_acquire(member->league->fork);
  league_member(member, true);
  order_release(member->league->join);
  member->league->ended++;
}

static bool league_ended(struct strand *strand) {
  struct league *league = strand->subject;
  return league->ended == league->lanes - 1;
}

void league_run(void (*fn)(void *), void *data, unsigned lanes, unsigned teams, unsigned limit) {
  struct league league = {fn, data, order_new(), order_new(), lanes, teams, limit, 0};
  struct league_lane members[MOST_LANES];
  static struct task idle; /* strands of a league belong to no lane until they have made their own team */
  order_release(league.fork);
  for (unsigned number = 0; number < lanes; number++) members[number] = (struct league_lane){&league, number};
  for (unsigned number = 1; number < lanes; number++) strand_start(league_body, &members[number], &idle, true);
  if (lanes > 1) strand_yield(false);
  league_member(&members[0], false);
  strand_wait(league_ended, &league, "the teams of a league to end", false);
  order_acquire(league.join);
  order_free(league.fork);
  order_free(league.join);
}
