/* order.c: happens-before, told to ThreadSanitizer.
 *
 * ThreadSanitizer keeps a vector clock for each address that is released, and for each fiber. A release joins the
 * fiber's clock into the address's, an acquire joins the address's into the fiber's. An `order` is such an address;
 * one that is used again must not carry what it carried before, and destroying a mutex at an address forgets its
 * clock. */
#include "lanes.h"

void __tsan_release(void *);
void __tsan_acquire(void *);
void __tsan_mutex_destroy(void *, unsigned);
void AnnotateIgnoreWritesBegin(const char *, int);
void AnnotateIgnoreWritesEnd(const char *, int);

struct order { char cell[16]; };

order *order_new(void) { return arena_take(sizeof(order)); }

void order_free(order *it) {
  if (!it) return;
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__); /* to destroy a mutex counts as a write, which is not meant here */
  __tsan_mutex_destroy(it, 0);
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  arena_give(it, sizeof(order));
}

void order_release(order *it) { __tsan_release(it); }
void order_acquire(order *it) { __tsan_acquire(it); }
