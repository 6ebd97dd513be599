/* How long a loop takes for how much work: each entry's time, by the amount of work that it was entered with.
 *
 * ../clocks.py inserts the calls around loops in a driver's copy of the function; the work is the value of an
 * expression that is known before the loop, such as its trip count. Amounts within a quarter of an octave are counted
 * together. At exit one line for each goes to the file that PRAGMATIST_CLOCK names:
 *     loop  most-work  entries  nanoseconds  longest-nanoseconds
 * The longest is given so that it can be left out: the first entry in parallel makes the threads.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LOOPS = 64, AMOUNTS = 256 }; /* 64 octaves of four */

struct amount {
  double most;
  unsigned long entries;
  long long total, longest;
};
static struct amount amounts[LOOPS][AMOUNTS];

static __thread long long started[LOOPS];
static __thread double work_of[LOOPS];
static int file = -1;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

void pragmatist_clock_start(int loop, double work) {
  if (loop >= LOOPS) return;
  work_of[loop] = work;
  started[loop] = now();
}

/* Called by one thread at a time: loops inside another parallel region are not timed. */
void pragmatist_clock_stop(int loop) {
  if (loop >= LOOPS) return;
  long long took = now() - started[loop];
  double work = work_of[loop], top = 1;
  int octave = 0;
  while (octave < AMOUNTS / 4 - 1 && work >= 2 * top) top *= 2, octave++;
  int quarter = work < top ? 0 : (int)(4 * (work - top) / top);
  struct amount *amount = &amounts[loop][4 * octave + (quarter < 0 ? 0 : quarter > 3 ? 3 : quarter)];
  if (work > amount->most) amount->most = work;
  if (took > amount->longest) amount->longest = took;
  amount->total += took;
  amount->entries++;
}

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("PRAGMATIST_CLOCK");
  if (path) file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

__attribute__((destructor)) static void report(void) {
  if (file < 0) return;
  for (int loop = 0; loop < LOOPS; loop++)
    for (int i = 0; i < AMOUNTS; i++) {
      const struct amount *amount = &amounts[loop][i];
      if (amount->entries)
        dprintf(file, "%d %.0f %lu %lld %lld\n", loop, amount->most, amount->entries, amount->total, amount->longest);
    }
  close(file);
}
