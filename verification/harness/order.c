/* The iterations of a worksharing loop, one after the other on one thread, in an order of the check's choice.
 *
 * Linked before gcc's libgomp it takes over the calls by which a loop with a dynamic schedule asks for iterations.
 * ../reordering.py marks the loops that are to be reordered by their chunk size; every other loop gets its iterations
 * in order. The rest of OpenMP stays libgomp's, limited to one thread (OMP_THREAD_LIMIT=1).
 *
 *     PRAGMATIST_ORDER   "reversed", "shuffled" or nothing: in order
 *     PRAGMATIST_LAST    set where some loop has lastprivate or linear variables: the last iteration stays the last,
 *                        because gcc copies the variables out of the thread's last chunk
 *
 * A region whose `if` clause is false has one thread by the program's own wish, and there the order is the loop's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

typedef unsigned long long number;

enum { MARK = 1347567943, DEPTH = 256, PIECES_LOG2 = 22 };

/* One loop under way: `count` iterations from `first` on, `step` apart, of which `next` were handed out. */
struct loop {
  number first, end, step, count, next, piece;
  bool marked, done;
};
static struct loop loops[DEPTH];
static int depth;
static bool alone; /* within a region that the program itself wants to be serial */

static enum { UNKNOWN, NATURAL, REVERSED, SHUFFLED } order;
static bool keep_last;

static void read_environment(void) {
  const char *wanted = getenv("PRAGMATIST_ORDER");
  order = !wanted ? NATURAL : *wanted == 'r' ? REVERSED : *wanted == 's' ? SHUFFLED : NATURAL;
  keep_last = getenv("PRAGMATIST_LAST") != NULL;
}

static number mixed(number x) {
  x = (x ^ (x >> 31)) * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9u;
  return x ^ (x >> 32);
}

/* A permutation of [0, n) that needs no memory: a Feistel network over the next power of four, walked until it leads
 * back below n. */
static number shuffled(number x, number n) {
  int half = 1;
  while (half < 31 && (n - 1) >> (2 * half)) half++;
  number low = ((number)1 << half) - 1;
  do {
    for (number round = 1; round <= 4; round++) {
      number left = x >> half, right = x & low;
      x = right << half | (left ^ (mixed(right + (round << 40)) & low));
    }
  } while (x >= n);
  return x;
}

static number permuted(number place, number pieces) {
  if (keep_last && --pieces == place) return place;
  return order == REVERSED ? pieces - 1 - place : shuffled(place, pieces);
}

/* The next iterations of the loop, from *from up to *end; false where none are left. */
static bool take(number *from, number *end) {
  struct loop *loop = &loops[depth - 1];
  if (loop->next >= loop->count) {
    loop->done = true;
    return false;
  }
  number first = 0, many = loop->count;
  if (order == NATURAL || alone || !loop->marked) {
    loop->next = loop->count;
  } else {
    number place = loop->next / loop->piece;
    first = permuted(place, (loop->count + loop->piece - 1) / loop->piece) * loop->piece;
    many = loop->piece;
    loop->next = (place + 1) * loop->piece;
  }
  *from = loop->first + first * loop->step;
  *end = many >= loop->count - first ? loop->end : *from + many * loop->step;
  return true;
}

/* Distances are worked out modulo 2^64, where they are right whatever the signs. */
static void begin(number first, number end, bool up, number step, number chunk) {
  if (order == UNKNOWN) read_environment();
  if (depth == DEPTH) abort();
  number count = up ? (end - first + step - 1) / step : (first - end - step - 1) / (0 - step);
  struct loop *loop = &loops[depth++];
  *loop = (struct loop){first, end, step, count, 0, 1, chunk == MARK, false};
  /* Loops of many millions of iterations go by in pieces. */
  while (count >> PIECES_LOG2 >= loop->piece) loop->piece *= 2;
}

static bool start(long first, long end, long step, long chunk, long *from, long *to) {
  bool some = step > 0 ? first < end : first > end;
  begin((number)first, some ? (number)end : (number)first, step > 0, (number)step, (number)chunk);
  return take((number *)from, (number *)to);
}

static bool start_ull(bool up, number first, number end, number step, number chunk, number *from, number *to) {
  bool some = up ? first < end : first > end;
  begin(first, some ? end : first, up, step, chunk);
  return take(from, to);
}

/* The loop that ended, if it was one of ours; libgomp's own get libgomp's end. */
static bool ended(void) {
  if (depth == 0 || !loops[depth - 1].done) return false;
  depth--;
  return true;
}

static void forward(const char *name) {
  void (*end)(void);
  *(void **)&end = dlsym(RTLD_NEXT, name);
  if (end) end();
}

void GOMP_loop_end(void) {
  if (!ended()) forward("GOMP_loop_end");
}
void GOMP_loop_end_nowait(void) {
  if (!ended()) forward("GOMP_loop_end_nowait");
}

#define KIND(kind)                                                                                            \
  bool GOMP_loop_##kind##_start(long first, long end, long step, long chunk, long *from, long *to) {          \
    return start(first, end, step, chunk, from, to);                                                          \
  }                                                                                                           \
  bool GOMP_loop_##kind##_next(long *from, long *to) { return take((number *)from, (number *)to); }           \
  bool GOMP_loop_ull_##kind##_start(bool up, number first, number end, number step, number chunk, number *from, \
                                    number *to) {                                                             \
    return start_ull(up, first, end, step, chunk, from, to);                                                  \
  }                                                                                                           \
  bool GOMP_loop_ull_##kind##_next(number *from, number *to) { return take(from, to); }                       \
  void GOMP_parallel_loop_##kind(void (*body)(void *), void *data, unsigned threads, long first, long end,    \
                                 long step, long chunk, unsigned flags) {                                     \
    (void)flags;                                                                                              \
    int outside = depth;                                                                                      \
    bool was = alone;                                                                                         \
    bool some = step > 0 ? first < end : first > end;                                                         \
    begin((number)first, some ? (number)end : (number)first, step > 0, (number)step, (number)chunk);          \
    alone = threads == 1;                                                                                     \
    body(data);                                                                                               \
    alone = was;                                                                                              \
    depth = outside;                                                                                          \
  }
KIND(dynamic)
KIND(nonmonotonic_dynamic)

/* One thread is all there is: the region is its body. */
void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags) {
  (void)flags;
  bool was = alone;
  alone = threads == 1;
  body(data);
  alone = was;
}
