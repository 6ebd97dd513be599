/* share.c: worksharing constructs and which lane gets which iteration.
 *
 * Each lane counts the constructs that it meets. All lanes meet the same ones in the same order, so the n-th of one is
 * the n-th of all, even where some are ahead by a nowait. The first to arrive makes the shared part.
 *
 * Iterations are dealt out in rounds: of each `team->count` chunks in a row every lane gets one, and each round is
 * turned by an amount that the seed gives. Neighbouring iterations so meet on different lanes nearly always, and any
 * two in some run. What is dealt out does not depend on who is faster, so there is no counter that lanes share. */
#include "lanes.h"
#include <stdlib.h>

struct share *share_enter(void) {
  struct lane *lane = this_lane();
  struct team *team = lane->team;
  unsigned long sequence = ++lane->constructs;
  struct share **link = &team->shares;
  for (; *link; link = &(*link)->next)
    if ((*link)->sequence == sequence) return *link;
  struct share *share = arena_take(sizeof *share);
  share->sequence = sequence;
  share->order = order_new();
  *link = share;
  return share;
}

void share_leave(struct share *share) {
  struct team *team = this_team();
  if (++share->left < team->count) return;
  struct share **link = &team->shares;
  while (*link != share) link = &(*link)->next;
  *link = share->next;
  order_free(share->order);
  if (share->posted) arena_give(share->posted, share->total);
  arena_give(share, sizeof *share);
}

/* The chunk of `round` that the lane gets. */
static uint64_t dealt(const struct share *share, unsigned lane, unsigned lanes, uint64_t round) {
  return round * lanes + (lane + mix(share->salt, round)) % lanes;
}

static uint64_t chunks(const struct share *share) {
  return share->count / share->chunk + (share->count % share->chunk != 0);
}

/* The lane's first chunk not before `from`; the number of chunks where there is none. */
static uint64_t chunk_from(const struct share *share, unsigned lane, unsigned lanes, uint64_t from) {
  uint64_t all = chunks(share);
  for (uint64_t round = from / lanes; round * lanes < all; round++) {
    uint64_t chunk = dealt(share, lane, lanes, round);
    if (chunk >= from && chunk < all) return chunk;
  }
  return all;
}

/* `fixed`: as for a static schedule, which gives equal iterations of equal loops to equal lanes. */
void share_start(struct share *share, uint64_t count, uint64_t chunk, bool fixed) {
  struct lane *lane = this_lane();
  struct team *team = lane->team;
  if (!share->chunk) {
    share->count = count;
    share->chunk = chunk ? chunk : 1;
    share->salt = fixed ? mix(mix(team->salt, 0), mix(count, share->chunk)) : mix(team->salt, share->sequence);
    for (unsigned number = 0; number < team->count; number++)
      share->at[number] = chunk_from(share, number, team->count, 0);
  }
  lane->share = share;
  lane->at = 0;
}

bool share_next(struct share *share, uint64_t *first, uint64_t *last) {
  struct lane *lane = this_lane();
  struct team *team = lane->team;
  uint64_t all = chunks(share), chunk = chunk_from(share, lane->number, team->count, lane->at);
  share->at[lane->number] = chunk;
  if (chunk >= all || share->cancelled || (settings.cancellation && team->cancelled)) {
    share->at[lane->number] = all;
    lane->at = all;
    return false;
  }
  *first = chunk * share->chunk;
  *last = share->count - *first > share->chunk ? *first + share->chunk : share->count;
  lane->at = chunk + 1;
  return true;
}

/* Reductions with the task modifier, and memory that all lanes of the construct share. The compiler's array says how
 * much each lane needs; the lanes that come later get the address in theirs. */
void share_reductions(struct share *share, uintptr_t *reductions, void **memory) {
  struct team *team = this_team();
  if (reductions) {
    group_enter();
    touch_worker(); /* the lane will write its own part */
    struct group *group = current->task->group;
    if (!share->reductions) {
      reductions_register(group, reductions, team->count);
      share->reductions = reductions;
      order_release(share->order);
    } else {
      order_acquire(share->order);
      reductions[2] = share->reductions[2];
      reductions[6] = share->reductions[6];
      reductions[4] = (uintptr_t)(group->outer ? group->outer->reductions : NULL);
      group->reductions = reductions;
    }
  }
  if (memory) {
    if (!share->memory) {
      share->memory = calloc(1, (size_t)(uintptr_t)*memory);
      order_release(share->order);
    } else {
      order_acquire(share->order);
    }
    *memory = share->memory;
  }
}
