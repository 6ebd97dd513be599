/* What the copy under test tells of itself: how often each loop ran, on how many threads, and how long it took. Threads
 * that never shared an entry of the loop count as one: what each of them did was done one after the other.
 *
 * copies.py inserts the calls: enter and leave around a loop with its directive, iteration at the start of its body.
 * This file is compiled without sanitizers and orders nothing between threads (every atomic is relaxed), so that it
 * can neither hide a data race from ThreadSanitizer nor make one.
 *
 * Under the lane runtime, where all lanes are one thread, `pragmatist_lane` says which of them runs.
 *
 * At exit two lines a loop are written to the file that PRAGMATIST_REPORT names:
 *     loop  entries  iterations  threads  nanoseconds
 *     most  loop  iterations of the longest entry
 * and "program nanoseconds" for all of main, or, in a driver, for its calls of the user's function. A program that ends
 * by _exit or by a signal writes nothing.
 *
 * With PRAGMATIST_IN_PROJECT it is linked into each program and library that a project's test command builds: any
 * number of processes append their lines to one file, and those that a program forks count anew.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOOPS = 256, THREADS = 64 };

#ifdef PRAGMATIST_IN_PROJECT
#pragma weak pragmatist_enter
#pragma weak pragmatist_leave
#pragma weak pragmatist_iteration
#pragma weak pragmatist_chunk
#pragma weak pragmatist_program_began
#pragma weak pragmatist_program_ended
#endif

/* One row a thread: no two threads write the same counter. Threads beyond the last row are not counted. */
static unsigned long iterations[THREADS][LOOPS];
static int threads_seen;
static __thread int row = -1;

int pragmatist_lane(void) __attribute__((weak));

static unsigned long entries[LOOPS];
static long long spent[LOOPS];

static unsigned long longest[LOOPS];

/* The row, from 1, that took the first iteration of the last entry; and whether any entry had iterations in two rows. */
static int first_row[LOOPS];
static char was_shared[LOOPS];

static __thread long long entered[LOOPS];
static __thread unsigned long counted[LOOPS];
static long long program_start, call_start, in_calls = -1;
static int file = -1, chunk = 1;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* By all threads so far; where the loop is entered by several at a time, by those of the others too. */
static unsigned long iterations_of(int loop) {
  unsigned long total = 0;
  for (int thread = 0; thread < threads_seen && thread < THREADS; thread++) total += iterations[thread][loop];
  return total;
}

void pragmatist_enter(int loop) {
  __atomic_fetch_add(&entries[loop], 1, __ATOMIC_RELAXED);
  counted[loop] = iterations_of(loop);
  __atomic_store_n(&first_row[loop], 0, __ATOMIC_RELAXED);
  entered[loop] = now();
}

void pragmatist_leave(int loop) {
  __atomic_fetch_add(&spent[loop], now() - entered[loop], __ATOMIC_RELAXED);
  unsigned long many = iterations_of(loop) - counted[loop];
  if (many > longest[loop]) longest[loop] = many;
}

void pragmatist_iteration(int loop) {
  if (pragmatist_lane) row = pragmatist_lane();
  if (row < 0) row = __atomic_fetch_add(&threads_seen, 1, __ATOMIC_RELAXED);
  if (row < THREADS) iterations[row][loop]++;
  if (!__atomic_load_n(&was_shared[loop], __ATOMIC_RELAXED)) {
    int first = __atomic_load_n(&first_row[loop], __ATOMIC_RELAXED);
    if (first == 0)
      __atomic_compare_exchange_n(&first_row[loop], &first, row + 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    if (first != 0 && first != row + 1) __atomic_store_n(&was_shared[loop], 1, __ATOMIC_RELAXED);
  }
}

/* How many iterations a thread takes at a time, where the copy's schedule asks. */
int pragmatist_chunk(void) { return chunk; }

void pragmatist_program_began(void) { call_start = now(); }

void pragmatist_program_ended(void) { in_calls = (in_calls < 0 ? 0 : in_calls) + now() - call_start; }

#ifdef PRAGMATIST_IN_PROJECT
static void begin_again(void) {
  memset(iterations, 0, sizeof iterations);
  memset(entries, 0, sizeof entries);
  memset(spent, 0, sizeof spent);
  memset(longest, 0, sizeof longest);
  memset(first_row, 0, sizeof first_row);
  memset(was_shared, 0, sizeof was_shared);
  program_start = now();
}
#endif

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("PRAGMATIST_REPORT");
  const char *many = getenv("PRAGMATIST_CHUNK");
  if (many && atoi(many) > 0) chunk = atoi(many);
  /* Opened now: the program may change its directory. */
  if (path) file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
#ifdef PRAGMATIST_IN_PROJECT
  pthread_atfork(NULL, NULL, begin_again);
#endif
  program_start = now();
}

__attribute__((destructor)) static void report(void) {
  long long end = now();
  if (file < 0) return;
  dprintf(file, "program %lld\n", in_calls < 0 ? end - program_start : in_calls);
  for (int loop = 0; loop < LOOPS; loop++) {
    unsigned long total = 0;
    int used = 0;
    for (int thread = 0; thread < THREADS; thread++) {
      total += iterations[thread][loop];
      used += iterations[thread][loop] > 0;
    }
    if (used > 1 && !was_shared[loop]) used = 1;
    if (entries[loop] > 0 || total > 0)
      dprintf(file, "%d %lu %lu %d %lld\n", loop, entries[loop], total, used, spent[loop]);
    if (longest[loop] > 0) dprintf(file, "most %d %lu\n", loop, longest[loop]);
  }
  close(file);
}
