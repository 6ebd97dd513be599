/* memory.c: our own memory, which ThreadSanitizer has never heard of, and the end of a run that cannot go on. */
#include "lanes.h"
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* Freed blocks by size, in steps of 16 bytes. Nothing is ever given back to the system. */
enum { STEP = 16, SIZES = 256, PIECE = 1 << 20 };
struct block { struct block *next; };
static struct block *free_blocks[SIZES];
static char *piece, *piece_end;

static void *from_system(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) die(STATUS_UNSUPPORTED, "out of memory");
  return memory;
}

void *arena_take(size_t bytes) {
  size_t size = (bytes + STEP - 1) / STEP;
  if (size >= SIZES) return from_system(bytes);
  struct block *block = free_blocks[size];
  if (block) {
    free_blocks[size] = block->next;
    for (size_t word = 0; word < size * STEP / sizeof(long); word++) ((volatile long *)block)[word] = 0;
    return block;
  }
  if ((size_t)(piece_end - piece) < size * STEP) {
    piece = from_system(PIECE);
    piece_end = piece + PIECE;
  }
  void *memory = piece;
  piece += size * STEP;
  return memory;
}

void arena_give(void *memory, size_t bytes) {
  size_t size = (bytes + STEP - 1) / STEP;
  if (size >= SIZES) {
    munmap(memory, bytes);
    return;
  }
  struct block *block = memory;
  block->next = free_blocks[size];
  free_blocks[size] = block;
}

_Noreturn void die(int status, const char *format, ...) {
  char text[400];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  report_finish();
  fflush(NULL);
  dprintf(2, "pragmatist lanes: %.*s\n", length, text);
  _exit(status);
}
