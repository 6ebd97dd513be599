/* tls.c: threadprivate and thread_local variables, of which each lane needs its own.
 *
 * All lanes share one operating-system thread, and so its thread-local storage. The program is compiled for the
 * general dynamic model, in which each access asks a function for the address, and our `as` (see lane_build.py) has it
 * call this one instead of the C library's, with the variable's offset from the thread pointer, which is fixed in an
 * executable. The initial thread gets the real variable; the other workers, copies that start as the program's initial
 * image. */
#define _GNU_SOURCE
#include "lanes.h"
#include <link.h>
#include <stdlib.h>
#include <string.h>

static const char *image;
static size_t image_bytes, block_bytes; /* initialised; in all, from its start to the thread pointer */

/* The thread-local segment of the executable, which comes first. On x86-64 it ends at the thread pointer, as aligned. */
static int find_image(struct dl_phdr_info *info, size_t size, void *unused) {
  (void)size, (void)unused;
  for (int index = 0; index < info->dlpi_phnum; index++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[index];
    if (header->p_type != PT_TLS) continue;
    image = (const char *)(info->dlpi_addr + header->p_vaddr);
    image_bytes = header->p_filesz;
    size_t alignment = header->p_align ? header->p_align : 1;
    block_bytes = (header->p_memsz + alignment - 1) & ~(alignment - 1);
  }
  return 1;
}

void *pragmatist_tls(long offset) {
  struct worker *worker = this_lane()->worker;
  touch_worker();
  if (worker->initial) return (char *)__builtin_thread_pointer() + offset;
  if (!worker->tls) {
    if (!block_bytes) dl_iterate_phdr(find_image, NULL);
    void *block = NULL;
    if (posix_memalign(&block, 4096, block_bytes)) die(STATUS_UNSUPPORTED, "out of memory");
    memcpy(block, image, image_bytes);
    memset((char *)block + image_bytes, 0, block_bytes - image_bytes);
    worker->tls = block;
  }
  return worker->tls + block_bytes + offset;
}
