/* query.c: the routines of omp.h that ask and set, and memory. */
#define _GNU_SOURCE
#include "lanes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* For harness/observe.c, which counts on how many lanes a loop runs. */
int pragmatist_lane(void) { return (int)this_lane()->number; }

int omp_get_thread_num(void) { return (int)this_lane()->number; }
int omp_get_num_threads(void) { return (int)this_team()->count; }
int omp_get_max_threads(void) { return (int)this_team()->wanted; }
int omp_get_num_procs(void) { return (int)settings.lanes; }
int omp_in_parallel(void) { return this_team()->active_level > 0; }
int omp_in_final(void) { return current->task->final; }
int omp_get_level(void) { return (int)this_team()->level; }
int omp_get_active_level(void) { return (int)this_team()->active_level; }
int omp_get_thread_limit(void) { return this_team()->thread_limit ? (int)this_team()->thread_limit : MOST_LANES; }
int omp_get_max_active_levels(void) { return (int)this_team()->active_levels; }
int omp_get_supported_active_levels(void) { return 1000; }
int omp_get_nested(void) { return this_team()->active_levels > 1; }
int omp_get_dynamic(void) { return 0; }
int omp_get_num_teams(void) { return (int)this_team()->league_size; }
int omp_get_team_num(void) { return (int)this_team()->league_number; }
int omp_get_max_teams(void) { return 4; }
int omp_get_teams_thread_limit(void) { return 0; }
int omp_get_max_task_priority(void) { return 0; }
int omp_get_proc_bind(void) { return 0; }
int omp_get_num_places(void) { return 0; }
int omp_get_place_num(void) { return -1; }
int omp_get_place_num_procs(int place) { return (void)place, 0; }
void omp_get_place_proc_ids(int place, int *ids) { (void)place, (void)ids; }
int omp_get_partition_num_places(void) { return 0; }
void omp_get_partition_place_nums(int *places) { (void)places; }

void omp_set_num_threads(int count) {
  if (count > 0) this_team()->wanted = (unsigned)count;
}
void omp_set_dynamic(int on) { (void)on; }
void omp_set_nested(int on) { this_team()->active_levels = on ? settings.levels > 1 ? settings.levels : 4 : 1; }
void omp_set_max_active_levels(int levels) {
  if (levels >= 0) this_team()->active_levels = (unsigned)levels;
}
void omp_set_num_teams(int count) { (void)count; }
void omp_set_teams_thread_limit(int count) { (void)count; }

static int schedule_kind = 1, schedule_chunk = 1; /* static; kept only to be given back */
void omp_set_schedule(int kind, int chunk) {
  schedule_kind = kind;
  schedule_chunk = chunk;
}
void omp_get_schedule(int *kind, int *chunk) {
  *kind = schedule_kind;
  *chunk = schedule_chunk;
}

int omp_get_ancestor_thread_num(int level) {
  struct lane *lane = this_lane();
  struct team *team = lane->team;
  unsigned number = lane->number;
  if (level < 0 || (unsigned)level > team->level) return -1;
  for (; team->level > (unsigned)level; team = team->outer) number = team->outer_lane;
  return (int)number;
}

int omp_get_team_size(int level) {
  struct team *team = this_team();
  if (level < 0 || (unsigned)level > team->level) return -1;
  while (team->level > (unsigned)level) team = team->outer;
  return (int)team->count;
}

double omp_get_wtime(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
double omp_get_wtick(void) { return 1e-9; }

void omp_display_env(int verbose) { (void)verbose; }
void omp_set_affinity_format(const char *format) { (void)format; }
size_t omp_get_affinity_format(char *buffer, size_t size) {
  if (size) *buffer = 0;
  return 0;
}
void omp_display_affinity(const char *format) { (void)format; }
size_t omp_capture_affinity(char *buffer, size_t size, const char *format) {
  (void)format;
  return omp_get_affinity_format(buffer, size);
}
int omp_pause_resource(int kind, int device) { return (void)kind, (void)device, 0; }
int omp_pause_resource_all(int kind) { return (void)kind, 0; }

/* --- allocators: all memory is alike here. The alignment that an allocator promises is at most 64 unless asked for -- */

void *omp_aligned_alloc(size_t alignment, size_t size, uintptr_t allocator) {
  void *memory = NULL;
  (void)allocator;
  return posix_memalign(&memory, alignment < 64 ? 64 : alignment, size) ? NULL : memory;
}
void *omp_alloc(size_t size, uintptr_t allocator) { return omp_aligned_alloc(64, size, allocator); }
void *omp_aligned_calloc(size_t alignment, size_t count, size_t size, uintptr_t allocator) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  void *memory = omp_aligned_alloc(alignment, bytes, allocator);
  return memory ? memset(memory, 0, bytes) : NULL;
}
void *omp_calloc(size_t count, size_t size, uintptr_t allocator) {
  return omp_aligned_calloc(64, count, size, allocator);
}
void *omp_realloc(void *memory, size_t size, uintptr_t allocator, uintptr_t from) {
  return (void)allocator, (void)from, realloc(memory, size);
}
void omp_free(void *memory, uintptr_t allocator) { (void)allocator, free(memory); }
void *GOMP_alloc(size_t alignment, size_t size, uintptr_t allocator) {
  return omp_aligned_alloc(alignment, size, allocator);
}
void GOMP_free(void *memory, uintptr_t allocator) { omp_free(memory, allocator); }
uintptr_t omp_init_allocator(uintptr_t space, int traits, const void *values) {
  return (void)traits, (void)values, space ? space : 1;
}
void omp_destroy_allocator(uintptr_t allocator) { (void)allocator; }
void omp_set_default_allocator(uintptr_t allocator) { (void)allocator; }
uintptr_t omp_get_default_allocator(void) { return 1; }

/* --- the error directive -------------------------------------------------------------------------------------- */

void GOMP_warning(const char *text, size_t length) {
  fprintf(stderr, "warning: %.*s\n", text ? length == (size_t)-1 ? 1000 : (int)length : 0, text ? text : "");
}
void GOMP_error(const char *text, size_t length) {
  GOMP_warning(text, length);
  exit(1);
}
