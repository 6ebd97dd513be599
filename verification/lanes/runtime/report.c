/* report.c: races, as ThreadSanitizer hands them over, one line each for a program to read.
 *
 *   program PATH                           the executable
 *   base ADDRESS                           where it lies
 *   race KIND                              one for each pair of places that race
 *   access read|write|atomic BYTES ADDRESS LANE FRAME...
 *   location global|heap|... ADDRESS
 *   ended WORDS                            why the run was cut short
 *   done                                   the program ended by itself
 *
 * LANE is the fiber's number. Frames are hexadecimal, the innermost first; those that frames.c made say which
 * iteration, section or task it was. Symbols are looked up outside, for ThreadSanitizer takes milliseconds for each.
 *
 * To a name that ends with '-' the process adds its number: several programs of one test then do not write over each
 * other's reports. */
#define _GNU_SOURCE
#include "lanes.h"
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int __tsan_get_report_data(void *, const char **, int *, int *, int *, int *, int *, int *, int *, void **,
                           unsigned long);
int __tsan_get_report_mop(void *, unsigned long, int *, void **, int *, int *, int *, void **, unsigned long);
int __tsan_get_report_loc(void *, unsigned long, const char **, void **, void **, unsigned long *, int *, int *, int *,
                          void **, unsigned long);

enum { FRAMES = 64, MOST_PAIRS = 64, MOST_REPORTS = 2000, MOST_REPEATED = 60,
       MOST_TURNS = 200000, MOST_SECONDS = 10 };

static int file = -1;
static void *pairs[MOST_PAIRS][2];
static unsigned pair_count, reports, repeated, turns;
static bool muted;

static int find_base(struct dl_phdr_info *info, size_t size, void *base) {
  (void)size;
  *(uintptr_t *)base = info->dlpi_addr;
  return 1; /* the executable comes first */
}

static int own_file(const char *name) {
  char path[4096], *end = path + strlen(name);
  if (strlen(name) + 16 > sizeof path) return -1;
  strcpy(path, name);
  if (end > path && end[-1] == '-') sprintf(end, "%d", (int)getpid());
  return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

void report_open(void) {
  if (file >= 0) return;
  uintptr_t base = 0;
  char program[4096];
  file = settings.report ? own_file(settings.report) : 2;
  if (file < 0) file = 2;
  ssize_t length = settings.report ? readlink("/proc/self/exe", program, sizeof program) : -1;
  if (length > 0) dprintf(file, "program %.*s\n", (int)length, program);
  dl_iterate_phdr(find_base, &base);
  dprintf(file, "base %lx\n", (unsigned long)base);
}

/* Opened now: the program may change its directory. */
__attribute__((constructor(104))) static void start(void) {
  if (settings.report) report_open();
}

static bool new_pair(void *one, void *other) {
  for (unsigned index = 0; index < pair_count; index++)
    if ((pairs[index][0] == one && pairs[index][1] == other) || (pairs[index][0] == other && pairs[index][1] == one))
      return false;
  if (pair_count == MOST_PAIRS) return false;
  pairs[pair_count][0] = one;
  pairs[pair_count++][1] = other;
  return true;
}

static void cut_short(const char *words) {
  dprintf(file, "ended %s\n", words);
  fflush(NULL);
  _exit(STATUS_RACE);
}

/* A run that has shown a race, and then nothing new for long, ends: the program may go on forever. */
void report_turn(void) {
  if (pair_count && ++turns > MOST_TURNS) cut_short("after no other race for long");
}

/* Likewise where it computes for long and never calls us: the kernel ends it, by SIGXCPU, after some more seconds of
 * processor time. Whoever watches it would end it too, but later, and without what it reported. */
static void limit_time(void) {
  struct rusage used;
  struct rlimit limit;
  if (getrusage(RUSAGE_SELF, &used) || getrlimit(RLIMIT_CPU, &limit)) return;
  rlim_t seconds = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + MOST_SECONDS;
  if (seconds >= limit.rlim_cur) return;
  limit.rlim_cur = seconds;
  setrlimit(RLIMIT_CPU, &limit);
}

/* ThreadSanitizer asks this before it prints a report. True: it is ours, and nothing is printed. */
bool on_report(void *report, bool suppressed) __asm__("_ZN6__tsan8OnReportEPKNS_10ReportDescEb");
bool on_report(void *report, bool suppressed) {
  const char *kind;
  int number, stacks, accesses, locations, mutexes, threads, unique;
  void *frames[2][FRAMES] = {{0}}, *addresses[2];
  int thread[2], size[2], write[2], atomic[2];
  if (suppressed || muted) return true;
  __tsan_get_report_data(report, &kind, &number, &stacks, &accesses, &locations, &mutexes, &threads, &unique, frames[0],
                         FRAMES);
  if (accesses < 2) return true; /* not about two accesses: a mutex that is destroyed while held, and the like */
  report_open();
  reports++;
  for (unsigned index = 0; index < 2; index++) {
    for (unsigned frame = 0; frame < FRAMES; frame++) frames[index][frame] = NULL;
    __tsan_get_report_mop(report, index, &thread[index], &addresses[index], &size[index], &write[index], &atomic[index],
                          frames[index], FRAMES - 1);
  }
  if (!new_pair(frames[0][0], frames[1][0])) {
    if (++repeated > MOST_REPEATED || reports > MOST_REPORTS)
      cut_short("after many reports of the same places");
    return true;
  }
  repeated = turns = 0;
  limit_time();
  dprintf(file, "race %s\n", kind);
  for (unsigned index = 0; index < 2; index++) {
    const char *what = atomic[index] ? write[index] ? "atomic-write" : "atomic-read" : write[index] ? "write" : "read";
    dprintf(file, "access %s %d %lx %d", what, size[index], (unsigned long)addresses[index], thread[index]);
    for (unsigned frame = 0; frames[index][frame]; frame++)
      dprintf(file, " %lx", (unsigned long)frames[index][frame]);
    dprintf(file, "\n");
  }
  for (int index = 0; index < locations; index++) {
    const char *type = "";
    void *address = NULL, *start = NULL, *trace[FRAMES] = {0};
    unsigned long bytes = 0;
    int owner, descriptor, suppressible;
    __tsan_get_report_loc(report, (unsigned long)index, &type, &address, &start, &bytes, &owner, &descriptor,
                          &suppressible, trace, FRAMES - 1);
    dprintf(file, "location %s %lx %lx", type, (unsigned long)(start ? start : addresses[0]), bytes);
    for (unsigned frame = 0; trace[frame]; frame++) dprintf(file, " %lx", (unsigned long)trace[frame]);
    dprintf(file, "\n");
  }
  return true;
}

void report_finish(void) { muted = true; }

/* The program has ended by itself. A race gives the whole run its status. */
__attribute__((destructor)) static void finish(void) {
  if (settings.report) dprintf(file, "done\n");
  if (!pair_count) return;
  fflush(NULL);
  _exit(STATUS_RACE);
}
