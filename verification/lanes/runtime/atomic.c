/* atomic.c: the program's atomic operations, which it makes by calls of ThreadSanitizer's functions. The linker puts
 * these before them (tools.py). Each ends in a call of the real one that hands over its return address as well, from
 * which ThreadSanitizer knows the place.
 *
 * Two things are added. A lane that looks at one place again and again waits for another lane: then others get a turn.
 * And flush: ThreadSanitizer does not know what a fence does. A release fence makes each atomic write after it a
 * release; an acquire fence makes each atomic read before it an acquire (C11, section 7.17.4). Here a write also
 * releases what was done since the fence, which is why only the next few writes do; and the last reads are repeated at
 * the fence, as acquires. */
#include "lanes.h"
#include <time.h>

enum { RELAXED = 0, CONSUME = 1, ACQUIRE = 2, RELEASE = 3, BOTH = 4, SEQUENTIAL = 5 };
enum { PATIENCE = 32, WRITES_OF_A_FENCE = 8 };

static void note_read(const volatile void *place, uint8_t bits) {
  struct strand *self = current;
  if (!on_first_thread()) return;
  struct watched *last = &self->read[self->reads % READS];
  if (last->place != place) {
    last = &self->read[++self->reads % READS];
    *last = (struct watched){place, 0, bits};
  } else if (++last->times >= PATIENCE) {
    last->times = 0;
    strand_yield(false);
  }
}

static int note_write(int order) {
  if (!on_first_thread() || !current->fenced) return order;
  current->fenced--;
  return order == RELAXED ? RELEASE : order == CONSUME || order == ACQUIRE ? BOTH : order;
}

#define WRAPPED(BITS)                                                                                                  \
  typedef uint##BITS##_t word##BITS;                                                                                   \
  word##BITS __real___tsan_atomic##BITS##_load(const volatile word##BITS *, int);                                      \
  word##BITS __wrap___tsan_atomic##BITS##_load(const volatile word##BITS *place, int order) {                          \
    note_read(place, BITS);                                                                                            \
    return __real___tsan_atomic##BITS##_load(place, order);                                                            \
  }                                                                                                                    \
  void __real___tsan_atomic##BITS##_store(volatile word##BITS *, word##BITS, int);                                     \
  void __wrap___tsan_atomic##BITS##_store(volatile word##BITS *place, word##BITS value, int order) {                   \
    __real___tsan_atomic##BITS##_store(place, value, note_write(order));                                               \
  }                                                                                                                    \
  word##BITS __real___tsan_atomic##BITS##_exchange(volatile word##BITS *, word##BITS, int);                            \
  word##BITS __wrap___tsan_atomic##BITS##_exchange(volatile word##BITS *place, word##BITS value, int order) {          \
    note_read(place, BITS);                                                                                            \
    return __real___tsan_atomic##BITS##_exchange(place, value, note_write(order));                                     \
  }                                                                                                                    \
  int __real___tsan_atomic##BITS##_compare_exchange_strong(volatile word##BITS *, word##BITS *, word##BITS, int, int); \
  int __wrap___tsan_atomic##BITS##_compare_exchange_strong(volatile word##BITS *place, word##BITS *expected,           \
                                                           word##BITS value, int order, int failed) {                  \
    note_read(place, BITS);                                                                                            \
    return __real___tsan_atomic##BITS##_compare_exchange_strong(place, expected, value, note_write(order), failed);    \
  }                                                                                                                    \
  int __real___tsan_atomic##BITS##_compare_exchange_weak(volatile word##BITS *, word##BITS *, word##BITS, int, int);   \
  int __wrap___tsan_atomic##BITS##_compare_exchange_weak(volatile word##BITS *place, word##BITS *expected,             \
                                                         word##BITS value, int order, int failed) {                    \
    note_read(place, BITS);                                                                                            \
    return __real___tsan_atomic##BITS##_compare_exchange_weak(place, expected, value, note_write(order), failed);      \
  }

WRAPPED(8)
WRAPPED(16)
WRAPPED(32)
WRAPPED(64)

#define FETCHING(BITS, OPERATION)                                                                                      \
  word##BITS __real___tsan_atomic##BITS##_fetch_##OPERATION(volatile word##BITS *, word##BITS, int);                   \
  word##BITS __wrap___tsan_atomic##BITS##_fetch_##OPERATION(volatile word##BITS *place, word##BITS value, int order) { \
    note_read(place, BITS);                                                                                            \
    return __real___tsan_atomic##BITS##_fetch_##OPERATION(place, value, note_write(order));                            \
  }
#define FETCHING_ALL(BITS)                                                                                             \
  FETCHING(BITS, add) FETCHING(BITS, sub) FETCHING(BITS, and) FETCHING(BITS, or) FETCHING(BITS, xor)

FETCHING_ALL(8)
FETCHING_ALL(16)
FETCHING_ALL(32)
FETCHING_ALL(64)

static void acquire_again(const struct watched *read) {
  volatile void *place = (volatile void *)read->place;
  switch (read->bits) {
    case 8: __real___tsan_atomic8_load(place, ACQUIRE); break;
    case 16: __real___tsan_atomic16_load(place, ACQUIRE); break;
    case 32: __real___tsan_atomic32_load(place, ACQUIRE); break;
    default: __real___tsan_atomic64_load(place, ACQUIRE); break;
  }
}

/* flush, and fences. Lanes also wait for a variable that is not atomic with a flush in the loop. */
void __wrap___tsan_atomic_thread_fence(int order) {
  struct strand *self = current;
  if (!on_first_thread()) return;
  if (order != RELEASE)
    for (unsigned index = 0; index < READS; index++)
      if (self->read[index].place) acquire_again(&self->read[index]);
  for (unsigned index = 0; index < READS; index++) self->read[index].place = NULL;
  if (order != ACQUIRE && order != CONSUME) self->fenced = WRITES_OF_A_FENCE;
  if (++self->fences % PATIENCE == 0) strand_yield(false);
}

/* --- sleeping, which is waiting for others too ----------------------------------------------------------------- */

int __real_sched_yield(void);
int __wrap_sched_yield(void) {
  if (!on_first_thread()) return __real_sched_yield();
  strand_yield(false);
  return 0;
}

int __real_nanosleep(const struct timespec *, struct timespec *);
int __wrap_nanosleep(const struct timespec *duration, struct timespec *rest) {
  if (!on_first_thread()) return __real_nanosleep(duration, rest);
  strand_yield(false);
  return 0;
}

int __real_usleep(unsigned);
int __wrap_usleep(unsigned microseconds) {
  if (!on_first_thread()) return __real_usleep(microseconds);
  strand_yield(false);
  return 0;
}

unsigned __real_sleep(unsigned);
unsigned __wrap_sleep(unsigned seconds) {
  if (!on_first_thread()) return __real_sleep(seconds);
  strand_yield(false);
  return 0;
}

/* The time of day, from which programs like to begin their random numbers, follows from the seed, so that a run can be
 * repeated. It goes on by a second every thousand times that somebody looks. */
time_t __wrap_time(time_t *result) {
  static unsigned long looks;
  time_t now = (time_t)(1000000000u + mix(settings.seed, 0) % 500000000u + __atomic_add_fetch(&looks, 1, 0) / 1000);
  if (result) *result = now;
  return now;
}
