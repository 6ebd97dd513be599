/* lock.c: critical, the fallback of atomic, and the locks of omp.h.
 *
 * Before a lock is taken the other lanes get a turn. Whoever takes a lock is ordered after all that its last owner had
 * done by then; if a lane ran through many critical regions in one go, the next lane would be ordered after nearly all
 * of it, and races outside of the regions could not be seen. */
#include "lanes.h"

struct lock *lock_new(void) {
  struct lock *lock = arena_take(sizeof *lock);
  lock->order = order_new();
  return lock;
}

static bool free_now(struct strand *strand) { return !((struct lock *)strand->subject)->held; }

static struct lock *unnamed, *atomic;

/* Critical regions and locks order threads of one contention group only, atomic constructs all. Teams of a league are
 * one group each (OpenMP 5.2, sections 1.2.2, 15.2 and 15.8.4). */
static order *order_here(struct lock *lock) {
  unsigned group = this_team()->contention_group;
  if (!group || lock == atomic) return lock->order;
  if (!lock->of_groups) lock->of_groups = arena_take((MOST_LANES + 1) * sizeof(order *));
  if (!lock->of_groups[group]) lock->of_groups[group] = order_new();
  return lock->of_groups[group];
}

void lock_take(struct lock *lock, const char *words) {
  strand_wait(free_now, lock, words, false);
  lock->held = true;
  lock->owner = current->task;
  order_acquire(order_here(lock));
}

void lock_release(struct lock *lock) {
  order_release(order_here(lock));
  lock->held = false;
  lock->owner = NULL;
}

/* --- critical and atomic -------------------------------------------------------------------------------------- */

static void take(struct lock **lock, const char *words) {
  if (!*lock) *lock = lock_new();
  lock_take(*lock, words);
}

void GOMP_critical_start(void) { take(&unnamed, "a critical region"); }
void GOMP_critical_end(void) { lock_release(unnamed); }
void GOMP_critical_name_start(void **place) { take((struct lock **)place, "a named critical region"); }
void GOMP_critical_name_end(void **place) { lock_release(*place); }
void GOMP_atomic_start(void) { take(&atomic, "an atomic construct"); }
void GOMP_atomic_end(void) { lock_release(atomic); }

/* --- omp_lock_t, which gcc gives 4 bytes, and omp_nest_lock_t: the number of a lock of ours, 0 where never set -- */

static struct lock **locks;
static unsigned locks_made, locks_room;

static struct lock *numbered(int *number) {
  if (*number <= 0 || (unsigned)*number > locks_made) {
    if (locks_made == locks_room) {
      unsigned room = locks_room ? 2 * locks_room : 256;
      struct lock **more = arena_take(room * sizeof *more);
      for (unsigned index = 0; index < locks_made; index++) more[index] = locks[index];
      if (locks) arena_give(locks, locks_room * sizeof *locks);
      locks = more;
      locks_room = room;
    }
    locks[locks_made++] = lock_new();
    *number = (int)locks_made;
  }
  return locks[*number - 1];
}

void omp_init_lock(int *number) {
  *number = 0;
  numbered(number);
}
void omp_init_lock_with_hint(int *number, int hint) {
  (void)hint;
  omp_init_lock(number);
}
void omp_destroy_lock(int *number) { *number = 0; }
void omp_set_lock(int *number) { lock_take(numbered(number), "a lock"); }
void omp_unset_lock(int *number) { lock_release(numbered(number)); }

int omp_test_lock(int *number) {
  strand_yield(false); /* often called in a loop until another lane lets go */
  struct lock *lock = numbered(number);
  if (lock->held) return 0;
  lock->held = true;
  lock->owner = current->task;
  order_acquire(order_here(lock));
  return 1;
}

void omp_init_nest_lock(int *number) { omp_init_lock(number); }
void omp_init_nest_lock_with_hint(int *number, int hint) {
  (void)hint;
  omp_init_lock(number);
}
void omp_destroy_nest_lock(int *number) { *number = 0; }

void omp_set_nest_lock(int *number) {
  struct lock *lock = numbered(number);
  if (!lock->held || lock->owner != current->task) lock_take(lock, "a nested lock");
  lock->depth++;
}

void omp_unset_nest_lock(int *number) {
  struct lock *lock = numbered(number);
  if (lock->depth > 0 && --lock->depth == 0) lock_release(lock);
}

int omp_test_nest_lock(int *number) {
  struct lock *lock = numbered(number);
  if ((!lock->held || lock->owner != current->task) && !omp_test_lock(number)) return 0;
  return (int)++lock->depth;
}
