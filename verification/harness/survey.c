/* Which elements of its arrays a function touches, found out by watching it.
 *
 * The driver is compiled with -fsanitize=thread, which calls a function before every load and store, and linked with
 * these functions in place of ThreadSanitizer's. Arrays get far more room than they need, in address space that costs
 * nothing until it is touched; a block of elements is given its contents the moment before it is touched first.
 *
 * To the file that PRAGMATIST_SURVEY names goes, for each input that was run to its end,
 *     input  number  accesses  contents
 *     site   number  lowest  highest  arrays      (one line a site that was touched)
 * where `contents` are the scalars outside of arrays that were given a value.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver.h"

#define SLOT_BYTES (1L << 26) /* room of one array */
#define LEAD_BYTES (1L << 20) /* of it, before element 0 */
enum { SLOTS = 4096, SITES = 256, CONTAINERS = 512, BLOCK = 512, ROW_BLOCK = 8 };

struct slot {
  int site;
  size_t element;
  long block, least; /* elements filled at a time; subscript of the first element that fits */
  pragmatist_fill_function fill;
  unsigned char *filled;
};
struct container {
  int site;
  const char *data;
  size_t element;
  long count, capacity;
};

static char *arena;
static struct slot slots[SLOTS];
static struct container containers[CONTAINERS];
static int slot_count, container_count, watching, filling;
static long low[SITES], high[SITES];
static unsigned long accesses, contents;
static FILE *report;

static void give_up(const char *why) {
  fprintf(stderr, "pragmatist: %s\n", why);
  _exit(97);
}

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("PRAGMATIST_SURVEY");
  if (path) report = fopen(path, "w");
}

static char *first_of(long slot) { return arena + slot * SLOT_BYTES + LEAD_BYTES; }

void *pragmatist_survey_array(int site, size_t element, pragmatist_fill_function fill, int rows) {
  if (!arena) {
    arena = mmap(NULL, SLOTS * SLOT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arena == MAP_FAILED) give_up("no address space for a survey");
  }
  if (slot_count == SLOTS) give_up("too many arrays: each element of one holds others");
  struct slot *slot = &slots[slot_count];
  slot->site = site, slot->element = element, slot->fill = fill;
  slot->block = rows == PRAGMATIST_ROWS ? ROW_BLOCK : BLOCK;
  slot->least = -(LEAD_BYTES / (long)element / slot->block) * slot->block;
  slot->filled = calloc(SLOT_BYTES / element / slot->block + 2, 1);
  /* A text is looked through by functions of the library, which nobody watches. */
  filling = 1;
  for (long from = 0; from <= pragmatist_end_of_text(rows); from += slot->block) {
    slot->filled[(from - slot->least) / slot->block] = 1;
    fill(first_of(slot_count), from, from + slot->block);
  }
  filling = 0;
  return first_of(slot_count++);
}

void pragmatist_survey_container(int site, const void *data, size_t element, long count, long capacity) {
  if (container_count < CONTAINERS)
    containers[container_count++] = (struct container){site, data, element, count, capacity};
}

static void note(int site, long first, long last) {
  if (first < low[site]) low[site] = first;
  if (last > high[site]) high[site] = last;
}

static void touch(const void *at, size_t bytes) {
  uintptr_t offset = (uintptr_t)at - (uintptr_t)arena;
  if (!watching || bytes == 0) return;
  accesses++; /* an eighth each of those to the function's own variables, most of which an optimiser removes */
  if (!arena || offset >= SLOTS * SLOT_BYTES) {
    for (int i = 0; i < container_count; i++) {
      struct container *each = &containers[i];
      uintptr_t from = (uintptr_t)at - (uintptr_t)each->data;
      if (from < (uintptr_t)each->capacity * each->element)
        accesses += 7, note(each->site, 0, (long)((from + bytes - 1) / each->element));
    }
    return;
  }
  accesses += 7;
  long which = (long)(offset / SLOT_BYTES);
  struct slot *slot = &slots[which];
  if (which >= slot_count) give_up("an access far outside of its array");
  long from = (const char *)at - first_of(which), element = (long)slot->element;
  long first = from >= 0 ? from / element : -((-from + element - 1) / element);
  long last = from + (long)bytes - 1;
  last = last >= 0 ? last / element : -((-last + element - 1) / element);
  note(slot->site, first, last);
  for (long block = (first - slot->least) / slot->block; block <= (last - slot->least) / slot->block; block++) {
    if (slot->filled[block]) continue;
    long begin = slot->least + block * slot->block, end = begin + slot->block;
    long room = (SLOT_BYTES - LEAD_BYTES) / element;
    slot->filled[block] = 1;
    watching = 0, filling = 1; /* the filling is the driver's code, which is watched too */
    slot->fill(first_of(which), begin, end < room ? end : room);
    watching = 1, filling = 0;
  }
}

void pragmatist_survey_put(void) { contents += filling == 0; }

void pragmatist_survey_begin(int input) {
  (void)input;
  for (int site = 0; site < SITES; site++) low[site] = 0, high[site] = -1;
  accesses = 0, watching = 1;
}

void pragmatist_survey_end(int input) {
  watching = 0;
  if (report) {
    long arrays[SITES] = {0};
    for (int i = 0; i < slot_count; i++) arrays[slots[i].site]++;
    fprintf(report, "input %d %lu %lu\n", input, (accesses + 7) / 8, contents);
    for (int site = 0; site < SITES; site++)
      if (high[site] >= 0 || low[site] < 0)
        fprintf(report, "site %d %ld %ld %ld\n", site, low[site], high[site], arrays[site]);
    fflush(report);
  }
  contents = 0;
  for (int i = 0; i < slot_count; i++) free(slots[i].filled);
  if (slot_count) madvise(arena, (size_t)slot_count * SLOT_BYTES, MADV_DONTNEED);
  slot_count = container_count = 0;
}

#define ACCESS(name, bytes) \
  void __tsan_##name(void *at) { touch(at, bytes); }
#define SIZE(bytes)                       \
  ACCESS(read##bytes, bytes)              \
  ACCESS(write##bytes, bytes)             \
  ACCESS(unaligned_read##bytes, bytes)    \
  ACCESS(unaligned_write##bytes, bytes)   \
  ACCESS(volatile_read##bytes, bytes)     \
  ACCESS(volatile_write##bytes, bytes)    \
  ACCESS(read_write##bytes, bytes)        \
  ACCESS(unaligned_read_write##bytes, bytes)
SIZE(1) SIZE(2) SIZE(4) SIZE(8) SIZE(16)

void __tsan_read_range(void *at, size_t bytes) { touch(at, bytes); }
void __tsan_write_range(void *at, size_t bytes) { touch(at, bytes); }
void __tsan_vptr_update(void **at, void *value) { (void)value, touch(at, sizeof *at); }
void __tsan_vptr_read(void **at) { touch(at, sizeof *at); }
void __tsan_func_entry(void *at) { (void)at; }
void __tsan_func_exit(void) {}
void __tsan_init(void) {}
void __tsan_ignore_thread_begin(void) {}
void __tsan_ignore_thread_end(void) {}

/* Atomics are rare in what is surveyed, and one thread runs it. */
#define ATOMIC(bits, type)                                                                                 \
  type __tsan_atomic##bits##_load(const volatile type *at, int o) { (void)o; touch((void *)at, sizeof *at); return *at; } \
  void __tsan_atomic##bits##_store(volatile type *at, type v, int o) { (void)o; touch((void *)at, sizeof *at); *at = v; } \
  type __tsan_atomic##bits##_exchange(volatile type *at, type v, int o) { (void)o; touch((void *)at, sizeof *at); type old = *at; *at = v; return old; } \
  type __tsan_atomic##bits##_fetch_add(volatile type *at, type v, int o) { (void)o; touch((void *)at, sizeof *at); type old = *at; *at = (type)(old + v); return old; } \
  type __tsan_atomic##bits##_fetch_sub(volatile type *at, type v, int o) { (void)o; touch((void *)at, sizeof *at); type old = *at; *at = (type)(old - v); return old; } \
  type __tsan_atomic##bits##_fetch_and(volatile type *at, type v, int o) { (void)o; touch((void *)at, sizeof *at); type old = *at; *at = old & v; return old; } \
  type __tsan_atomic##bits##_fetch_or(volatile type *at, type v, int o) { (void)o; touch((void *)at, sizeof *at); type old = *at; *at = old | v; return old; } \
  type __tsan_atomic##bits##_fetch_xor(volatile type *at, type v, int o) { (void)o; touch((void *)at, sizeof *at); type old = *at; *at = old ^ v; return old; } \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile type *at, type *expected, type v, int o, int p) { \
    (void)o, (void)p; touch((void *)at, sizeof *at);                                                       \
    if (*at == *expected) { *at = v; return 1; }                                                           \
    *expected = *at; return 0;                                                                             \
  }                                                                                                        \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile type *at, type *expected, type v, int o, int p) { \
    return __tsan_atomic##bits##_compare_exchange_strong(at, expected, v, o, p);                           \
  }
ATOMIC(8, unsigned char) ATOMIC(16, unsigned short) ATOMIC(32, unsigned) ATOMIC(64, unsigned long)
void __tsan_atomic_thread_fence(int o) { (void)o; }

/* What the compiler or the user calls on blocks of memory: by ThreadSanitizer's names, and by the library's own. */
static void *moved(void *to, const void *from, size_t bytes) {
  touch(from, bytes), touch(to, bytes);
  volatile char *target = to; /* lest the compiler make a call of memmove out of the loops */
  const volatile char *source = from;
  if (target <= source) for (size_t i = 0; i < bytes; i++) target[i] = source[i];
  else for (size_t i = bytes; i-- > 0;) target[i] = source[i];
  return to;
}
static void *set(void *to, int value, size_t bytes) {
  touch(to, bytes);
  for (size_t i = 0; i < bytes; i++) ((volatile char *)to)[i] = (char)value;
  return to;
}
void *__tsan_memcpy(void *to, const void *from, size_t bytes) { return moved(to, from, bytes); }
void *__tsan_memmove(void *to, const void *from, size_t bytes) { return moved(to, from, bytes); }
void *__tsan_memset(void *to, int value, size_t bytes) { return set(to, value, bytes); }
void *memcpy(void *to, const void *from, size_t bytes) { return moved(to, from, bytes); }
void *memmove(void *to, const void *from, size_t bytes) { return moved(to, from, bytes); }
void *memset(void *to, int value, size_t bytes) { return set(to, value, bytes); }
