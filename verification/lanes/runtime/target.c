/* target.c: target regions, run on the host, with the host's memory. */
#include "lanes.h"
#include <stdlib.h>
#include <string.h>

struct task *task_create(void (*fn)(void *), void *data, void (*copy)(void *, void *), long size, long alignment,
                         bool deferred, unsigned flags, void **depend, void **detach);
void GOMP_taskwait_depend(void **depend);

enum { MAP_FIRSTPRIVATE = 12, MAP_KIND = 0xff };         /* in `kinds` */
enum { NOWAIT = 1 };                                     /* in `flags` */
enum { NUM_TEAMS = 1, THREAD_LIMIT = 2, NEXT_WORD = 0x80, ID_SHIFT = 8, VALUE_SHIFT = 16 }; /* in `args` */
enum { TEAMS = 4, MOST_TEAMS_AT_ONCE = 8, DEPEND = 8 };

struct region {
  void (*fn)(void *);
  void **addresses;
  size_t maps;
  unsigned lanes;
  bool owned;
};

/* The number of teams that follows from the arguments: 1 where no teams construct is nested, 0 where the construct
 * leaves it open. An identifier has its value in its high bits, or in the next word. */
static long argument(void **args, unsigned id, long otherwise) {
  for (; args && *args; args++) {
    intptr_t word = (intptr_t)*args;
    intptr_t value = word & NEXT_WORD ? (intptr_t)*++args : word >> VALUE_SHIFT;
    if (((word >> ID_SHIFT) & 0xff) == (intptr_t)id) return (long)value;
  }
  return otherwise;
}

/* One entry for each team lane: all run the same function on the same addresses. */
static void enter(void *subject) {
  struct region *region = subject;
  region->fn(region->addresses);
}

static void run(void *subject) {
  struct region *region = subject;
  unsigned lanes = region->lanes;
  league_run(enter, region, lanes, lanes, 0);
  if (region->owned) {
    free(region->addresses);
    free(region);
  }
}

void GOMP_target_ext(int device, void (*fn)(void *), size_t maps, void **addresses, size_t *sizes,
                     unsigned short *kinds, unsigned flags, void **depend, void **args) {
  (void)device;
  long teams = argument(args, NUM_TEAMS, 1);
  size_t extra = 0;
  for (size_t index = 0; index < maps; index++)
    if ((kinds[index] & MAP_KIND) == MAP_FIRSTPRIVATE) extra += (sizes[index] + 31) & ~(size_t)15;
  /* A copy of the addresses, since a deferred region outlives the caller's, with the firstprivate copies behind. */
  void **copied = malloc((maps + 1) * sizeof *copied + extra + 16);
  char *place = (char *)(((uintptr_t)(copied + maps + 1) + 15) & ~(uintptr_t)15);
  for (size_t index = 0; index < maps; index++) {
    copied[index] = addresses[index];
    if ((kinds[index] & MAP_KIND) != MAP_FIRSTPRIVATE || !addresses[index]) continue;
    memcpy(place, addresses[index], sizes[index]);
    copied[index] = place;
    place += (sizes[index] + 15) & ~(size_t)15;
  }
  struct region *region = malloc(sizeof *region);
  *region = (struct region){fn, copied, maps, 1, true};
  region->lanes = teams == 1 ? 1 : teams <= 0 ? TEAMS : teams > MOST_TEAMS_AT_ONCE ? MOST_TEAMS_AT_ONCE : (unsigned)teams;
  if (flags & NOWAIT) {
    task_create(run, region, NULL, 0, 1, true, depend ? DEPEND : 0, depend, NULL);
    return;
  }
  if (depend) GOMP_taskwait_depend(depend);
  run(region);
}

/* --- data: the device is the host, so nothing is moved; but the constructs wait, or are tasks that others wait for -- */

static void nothing(void *subject) { (void)subject; }

static void data_construct(unsigned flags, void **depend) {
  if (!depend) return;
  if (flags & NOWAIT)
    task_create(nothing, NULL, NULL, 0, 1, true, DEPEND, depend, NULL);
  else
    GOMP_taskwait_depend(depend);
}

void GOMP_target_data_ext(int device, size_t maps, void **addresses, size_t *sizes, unsigned short *kinds) {
  (void)device, (void)maps, (void)addresses, (void)sizes, (void)kinds;
}

void GOMP_target_end_data(void) {}

void GOMP_target_update_ext(int device, size_t maps, void **addresses, size_t *sizes, unsigned short *kinds,
                            unsigned flags, void **depend) {
  (void)device, (void)maps, (void)addresses, (void)sizes, (void)kinds;
  data_construct(flags, depend);
}

void GOMP_target_enter_exit_data(int device, size_t maps, void **addresses, size_t *sizes, unsigned short *kinds,
                                 unsigned flags, void **depend) {
  (void)device, (void)maps, (void)addresses, (void)sizes, (void)kinds;
  data_construct(flags, depend);
}

void GOMP_offload_register_ver(unsigned version, const void *table, int type, const void *data) {
  (void)version, (void)table, (void)type, (void)data;
}
void GOMP_offload_unregister_ver(unsigned version, const void *table, int type, const void *data) {
  (void)version, (void)table, (void)type, (void)data;
}

/* --- routines ------------------------------------------------------------------------------------------------- */

int omp_get_num_devices(void) { return 0; }
int omp_get_initial_device(void) { return 0; }
int omp_get_device_num(void) { return 0; }
int omp_is_initial_device(void) { return 1; }
int omp_get_default_device(void) { return 0; }
void omp_set_default_device(int device) { (void)device; }
void *omp_target_alloc(size_t size, int device) { return (void)device, malloc(size); }
void omp_target_free(void *memory, int device) { (void)device, free(memory); }
int omp_target_is_present(const void *pointer, int device) { return (void)pointer, (void)device, 1; }
int omp_target_associate_ptr(const void *host, const void *there, size_t size, size_t offset, int device) {
  (void)host, (void)there, (void)size, (void)offset, (void)device;
  return 22; /* EINVAL: the host cannot be associated with itself */
}
int omp_target_disassociate_ptr(const void *pointer, int device) { return (void)pointer, (void)device, 22; }
int omp_target_memcpy(void *to, const void *from, size_t length, size_t to_offset, size_t from_offset, int there,
                      int here) {
  (void)there, (void)here;
  memcpy((char *)to + to_offset, (const char *)from + from_offset, length);
  return 0;
}
