/* What the pointers that a function leaves lead to, and how far that goes.
 *
 * A function may return what it allocated, or put it where its caller looks. A driver prints that too, as far as it
 * is known how much there is: of the driver's own arrays, of blocks that the function allocated (the linker's --wrap
 * brings their allocation here), and of variables, whose sizes stand in the program's symbol table. Of anything else
 * the driver says that it was not compared.
 *
 * What is allocated begins with zeros: a block's unused end would else hold what happened to be there. Under the
 * sanitizers, where outputs are not compared, all of that is left alone: they want to see who allocates, what is lost,
 * and what is read before it is written.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver.h"

enum { NOTES = 1 << 18, MOST_VARIABLES = 1 << 8, MOST_OBJECTS = 20000 };

/* Blocks in the order in which they were allocated and, with `freed`, given back: the last one with some address is
   what stands there now. */
struct note {
  const char *at;
  size_t bytes;
  int freed, shown; /* the number under which its contents were printed for this input, 0 where they were not */
};
static struct note notes[NOTES];
static unsigned noted;
static int watching;

/* Those of the program that pointers were seen to lead to. */
static struct note variables[MOST_VARIABLES];
static int variable_count, shown_count;

void __asan_init(void) __attribute__((weak));
void __msan_init(void) __attribute__((weak));
void __tsan_init(void) __attribute__((weak));
static int is_sanitized(void) { return __asan_init || __msan_init || __tsan_init; }

static void note(const void *at, size_t bytes, int freed) {
  if (!at || !__atomic_load_n(&watching, __ATOMIC_RELAXED)) return;
  unsigned place = __atomic_fetch_add(&noted, 1, __ATOMIC_RELAXED);
  if (place < NOTES) notes[place] = (struct note){at, bytes, freed, 0};
}

static void *allocated(void *at, size_t bytes) {
  if (at && __atomic_load_n(&watching, __ATOMIC_RELAXED)) {
    memset(at, 0, bytes);
    note(at, bytes, 0);
  }
  return at;
}

static struct note *block_with(const char *at) {
  unsigned count = noted < NOTES ? noted : NOTES;
  if (noted > NOTES) return NULL;
  for (unsigned i = count; i-- > 0;) {
    if (notes[i].freed || at < notes[i].at || at > notes[i].at + notes[i].bytes) continue;
    for (unsigned later = i + 1; later < count; later++)
      if (notes[later].freed && notes[later].at == notes[i].at) return NULL;
    return &notes[i];
  }
  return NULL;
}

void *__real_malloc(size_t) __attribute__((weak));
void *__real_calloc(size_t, size_t) __attribute__((weak));
void *__real_realloc(void *, size_t) __attribute__((weak));
void *__real_reallocarray(void *, size_t, size_t) __attribute__((weak));
void *__real_aligned_alloc(size_t, size_t) __attribute__((weak));
void *__real_memalign(size_t, size_t) __attribute__((weak));
void *__real_valloc(size_t) __attribute__((weak));
int __real_posix_memalign(void **, size_t, size_t) __attribute__((weak));
void __real_free(void *) __attribute__((weak));

void *__wrap_malloc(size_t bytes) { return allocated(__real_malloc(bytes), bytes); }
void *__wrap_aligned_alloc(size_t to, size_t bytes) { return allocated(__real_aligned_alloc(to, bytes), bytes); }
void *__wrap_memalign(size_t to, size_t bytes) { return allocated(__real_memalign(to, bytes), bytes); }
void *__wrap_valloc(size_t bytes) { return allocated(__real_valloc(bytes), bytes); }

int __wrap_posix_memalign(void **at, size_t to, size_t bytes) {
  int error = __real_posix_memalign(at, to, bytes);
  if (!error) allocated(*at, bytes);
  return error;
}

void *__wrap_calloc(size_t count, size_t each) {
  void *at = __real_calloc(count, each);
  note(at, count * each, 0);
  return at;
}

static void *moved(void *from, void *(*change)(void *, size_t, size_t), size_t count, size_t each) {
  const struct note *block = from && watching ? block_with(from) : NULL;
  size_t before = block && block->at == from ? block->bytes : count * each;
  note(from, 0, 1); /* first: as soon as it is given back, another thread may be given it */
  char *at = change(from, count, each);
  if (!at) {
    if (count && each) note(from, before, 0);
    return at;
  }
  if (watching && count * each > before) memset(at + before, 0, count * each - before);
  note(at, count * each, 0);
  return at;
}
static void *by_realloc(void *from, size_t count, size_t each) { return __real_realloc(from, count * each); }
static void *by_array(void *from, size_t count, size_t each) { return __real_reallocarray(from, count, each); }
void *__wrap_realloc(void *from, size_t bytes) { return moved(from, by_realloc, 1, bytes); }
void *__wrap_reallocarray(void *from, size_t count, size_t each) {
  size_t bytes;
  if (__builtin_mul_overflow(count, each, &bytes)) return errno = ENOMEM, NULL;
  return moved(from, by_array, count, each);
}

void __wrap_free(void *at) {
  note(at, 0, 1);
  __real_free(at);
}

/* operator new and delete, by the names that the compiler gives them. */
#define NEW(name)                                          \
  void *__real_##name(size_t) __attribute__((weak));       \
  void *__wrap_##name(size_t bytes) { return allocated(__real_##name(bytes), bytes); }
#define NEW_AND(name)                                      \
  void *__real_##name(size_t, size_t) __attribute__((weak)); \
  void *__wrap_##name(size_t bytes, size_t more) { return allocated(__real_##name(bytes, more), bytes); }
#define DELETE(name)                                       \
  void __real_##name(void *) __attribute__((weak));        \
  void __wrap_##name(void *at) {                           \
    note(at, 0, 1);                                        \
    __real_##name(at);                                     \
  }
#define DELETE_AND(name)                                   \
  void __real_##name(void *, size_t) __attribute__((weak)); \
  void __wrap_##name(void *at, size_t more) {              \
    note(at, 0, 1);                                        \
    __real_##name(at, more);                               \
  }
NEW(_Znwm) NEW(_Znam)
NEW_AND(_ZnwmRKSt9nothrow_t) NEW_AND(_ZnamRKSt9nothrow_t) NEW_AND(_ZnwmSt11align_val_t) NEW_AND(_ZnamSt11align_val_t)
DELETE(_ZdlPv) DELETE(_ZdaPv)
DELETE_AND(_ZdlPvm) DELETE_AND(_ZdaPvm) DELETE_AND(_ZdlPvSt11align_val_t) DELETE_AND(_ZdaPvSt11align_val_t)

void pragmatist_watch_memory(int on) {
  if (is_sanitized()) return;
  if (on) noted = 0, variable_count = 0, shown_count = 0;
  __atomic_store_n(&watching, on, __ATOMIC_RELAXED);
}

static struct note *variable(const char *at, size_t bytes) {
  for (int i = 0; i < variable_count; i++)
    if (variables[i].at == at) return &variables[i];
  if (variable_count == MOST_VARIABLES) return NULL;
  variables[variable_count] = (struct note){at, bytes, 0, 0};
  return &variables[variable_count++];
}

/* The variable of the program that holds an address, as long as the symbol table says. */
static struct note *variable_with(const char *at) {
  static const char *file;
  static size_t size;
  if (!file) {
    struct stat status;
    int handle = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (handle < 0) return NULL;
    size = fstat(handle, &status) ? 0 : (size_t)status.st_size;
    file = mmap(NULL, size, PROT_READ, MAP_PRIVATE, handle, 0);
    if (file == MAP_FAILED) size = 0;
    close(handle);
  }
  const ElfW(Ehdr) *head = (const void *)file;
  if (size < sizeof *head || head->e_shoff + (size_t)head->e_shnum * sizeof(ElfW(Shdr)) > size) return NULL;
  extern const char __executable_start[] __attribute__((weak));
  size_t moved = head->e_type == ET_DYN ? (size_t)__executable_start : 0;
  const ElfW(Shdr) *sections = (const void *)(file + head->e_shoff);
  for (int i = 0; i < head->e_shnum; i++) {
    if (sections[i].sh_type != SHT_SYMTAB || sections[i].sh_offset + sections[i].sh_size > size) continue;
    const ElfW(Sym) *symbols = (const void *)(file + sections[i].sh_offset);
    for (size_t k = 0; k < sections[i].sh_size / sizeof *symbols; k++) {
      const char *from = (const char *)(moved + symbols[k].st_value);
      if ((symbols[k].st_info & 15) == STT_OBJECT && at >= from && at < from + symbols[k].st_size)
        return variable(from, symbols[k].st_size);
    }
  }
  return NULL;
}

const void *pragmatist_leads(const void *at, size_t each, const char *label, long *count) {
  long offset, array;
  *count = 0;
  if (!pragmatist_prints()) return NULL;
  if (!at) return printf(" nowhere"), NULL;
  if (pragmatist_is_own(at, &array, &offset)) return printf(" into %ld at %ld", array, offset), NULL;
  struct note *block = NULL;
  if (!is_sanitized() && !(block = block_with(at))) block = variable_with(at);
  if (!block) return pragmatist_untold(label), NULL;
  const char *first = block->at;
  size_t bytes = block->bytes;
  offset = (const char *)at - first;
  printf(" to %ld", offset);
  if (block->shown) return printf(" of block %d", block->shown), NULL;
  block->shown = ++shown_count;
  if ((size_t)offset % each) first += (size_t)offset % each, bytes -= (size_t)offset % each;
  *count = (long)(bytes / each);
  printf(" of %zu:", bytes);
  return first;
}

/* Objects are printed one by one, and not too many of them. */
long pragmatist_most(long count, const char *label) {
  if (count <= MOST_OBJECTS) return count;
  pragmatist_untold(label);
  return MOST_OBJECTS;
}
