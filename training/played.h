// What the oracle's programs share: the order in which iterations are played, and who touched which memory.
//
// The loops are compiled with gcc's -fsanitize=thread and linked with the functions below instead of its runtime. So
// every access to memory that another iteration could see is told to us, and two iterations that touch the same bytes,
// one of them writing, are found whatever order they run in.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <type_traits>

#define restrict __restrict
#define UNWATCHED __attribute__((no_sanitize("thread")))

enum { MOST = 24, CELLS = 1 << 14 };

static int play_, input_;                  // which way of playing, and which arguments
static int order_[MOST], thread_[MOST];    // the iterations in the order played, and the copies that each one uses
static char conflict_;

struct Cell { uintptr_t address; int writer, reader; };  // -1: nobody; reader -2: several iterations
static Cell cells_[CELLS];
static int tracing_ = -1;                  // the iteration under way
static uintptr_t below_;                   // the stack below this address is the iteration's own
static struct { uintptr_t from, to; } private_[16];
static int privates_;

UNWATCHED static void touch_(uintptr_t word, bool write) {
  unsigned at = (unsigned)(word * 2654435761u) % CELLS;
  while (cells_[at].address && cells_[at].address != word) at = (at + 1) % CELLS;
  Cell &cell = cells_[at];
  if (!cell.address) cell = { word, -1, -1 };
  if (cell.writer >= 0 && cell.writer != tracing_) conflict_ = 1;
  if (write) {
    if (cell.reader == -2 || (cell.reader >= 0 && cell.reader != tracing_)) conflict_ = 1;
    cell.writer = tracing_;
  } else {
    cell.reader = cell.reader == -1 || cell.reader == tracing_ ? tracing_ : -2;
  }
}
UNWATCHED static void access_(void *where, size_t size, bool write) {
  if (tracing_ < 0) return;
  uintptr_t at = (uintptr_t)where;
  if (at < below_ && at > below_ - (1 << 20)) return;
  for (int k = 0; k < privates_; k++) if (at >= private_[k].from && at < private_[k].to) return;
  for (uintptr_t word = at / 4; word <= (at + size - 1) / 4; word++) touch_(word, write);
}
UNWATCHED static void start_(int iteration) { tracing_ = iteration; }
UNWATCHED static void enter_(void *frame) { below_ = (uintptr_t)frame; }
UNWATCHED static void stop_(void) { tracing_ = -1; }
extern "C" {
#define HOOK_(n) \
  UNWATCHED void __tsan_read##n(void *p) { access_(p, n, false); } \
  UNWATCHED void __tsan_write##n(void *p) { access_(p, n, true); } \
  UNWATCHED void __tsan_unaligned_read##n(void *p) { access_(p, n, false); } \
  UNWATCHED void __tsan_unaligned_write##n(void *p) { access_(p, n, true); }
HOOK_(1) HOOK_(2) HOOK_(4) HOOK_(8) HOOK_(16)
UNWATCHED void __tsan_read_range(void *p, size_t n) { access_(p, n, false); }
UNWATCHED void __tsan_write_range(void *p, size_t n) { access_(p, n, true); }
UNWATCHED void __tsan_init(void) {}
UNWATCHED void __tsan_func_entry(void *) {}
UNWATCHED void __tsan_func_exit(void) {}
}

static unsigned drawn_(void) { static unsigned s = 1; s = s * 1664525u + 1013904223u; return s >> 8; }
static int begin_(int count) {  // decides order and copies; more iterations than there is room for end the play
  if (count > MOST) abort();
  memset(cells_, 0, sizeof cells_);
  privates_ = 0;
  for (int k = 0; k < count; k++) order_[k] = play_ == 0 ? count - 1 - k : k;
  if (play_) for (int k = count - 1; k > 0; k--) {
    int other = drawn_() % (k + 1), kept = order_[k];
    order_[k] = order_[other], order_[other] = kept;
  }
  for (int k = 0; k < count; k++) thread_[k] = play_ == 0 ? k : (int)(drawn_() % (play_ + 1));
  return count;
}
static void own_(void *from, size_t size) {
  private_[privates_].from = (uintptr_t)from, private_[privates_++].to = (uintptr_t)from + size;
}

// Variables of any type, element by element.
template <class T> static void set_(T &x, double value) {
  if constexpr (std::is_arithmetic<T>::value) x = (T)value; else memset((void *)&x, 0, sizeof x);  // a pointer
}
template <class T, size_t N> static void set_(T (&x)[N], double value) { for (T &each : x) set_(each, value); }
template <class T> static void copy_(T &to, const T &from) { memcpy(&to, &from, sizeof to); }
template <class T, class F> static void combine_(T &to, T &from, F f) { to = f(to, from); }
template <class T, size_t N, class F> static void combine_(T (&to)[N], T (&from)[N], F f) {
  for (size_t k = 0; k < N; k++) combine_(to[k], from[k], f);
}

// Contents of arguments: element k of an array.
static double small_(int k) { return (k * 7 + input_ * 3) % 9 - 4; }
static double unit_(int k) { return k % 5 == input_ ? 2 : k % 2 ? 1 : -1; }
static double permutation_(int k) { return (k * 5 + input_) % 64; }
static double repeats_(int k) { return (k * 7 + input_) % (input_ == 1 ? 4 : 9); }
static double rows_(int k) { return 2 * k + k % 3; }

static uint64_t hash_, serial_[8];
static void add_(const void *from, size_t size) {
  const unsigned char *byte = (const unsigned char *)from;
  for (size_t k = 0; k < size; k++) hash_ = (hash_ ^ byte[k]) * 1099511628211ull;
}
template <class T> static void fill_(T *to, int count, double (*content)(int)) {
  for (int k = 0; k < count; k++) to[k] = (T)content(k);
}

// How each variable that a plan may name is treated by the plan under way.
enum Way_ { SHARED, PRIVATE, FIRST, LAST, BOTH, SUM, PRODUCT, LEAST, MOST_OF, OR, AND, XOR, ANY, ALL };
static const char *ways_;

template <class T> static void fresh_(T &copy, const T &outer, char way) {
  if (way == FIRST || way == BOTH) copy_(copy, outer);
  else set_(copy, way == SUM || way == OR || way == XOR || way == ANY ? 0 : way == PRODUCT || way == ALL ? 1
            : way == LEAST ? 1e9 : way == MOST_OF ? -1e9 : way == AND ? -1 : 3);
}
template <class T> static T joined_(T l, T r, char way) {
  if constexpr (!std::is_arithmetic<T>::value) return l;
  else switch (way) {
    case SUM: return l + r;
    case PRODUCT: return l * r;
    case LEAST: return r < l ? r : l;
    case MOST_OF: return r > l ? r : l;
    case OR: return (T)((long)l | (long)r);
    case AND: return (T)((long)l & (long)r);
    case XOR: return (T)((long)l ^ (long)r);
    case ANY: return l || r;
    default: return l && r;
  }
}
template <class T> static void join_(T &to, T &from, char way) {
  if (way >= SUM) combine_(to, from, [=](auto l, auto r) { return joined_(l, r, way); });
}

// Runs a case under each plan in a process of its own: a wrong one may crash or hang. Prints those that are right.
static void examine_(int number, int plans, const char *ways, int variables, void (*call)(bool in_order)) {
  fflush(stdout);
  pid_t child = fork();
  if (child) { waitpid(child, 0, 0); return; }
  alarm(4);
  for (input_ = 0; input_ < 3; input_++) { hash_ = 1469598103934665603ull; call(true); serial_[input_] = hash_; }
  printf("%d -1\n", number);
  for (int plan = 0; plan < plans; plan++) {
    int right = 1;
    ways_ = ways + plan * variables;
    for (input_ = 0; input_ < 3 && right; input_++)
      for (play_ = 0; play_ < 3 && right; play_++) {
        conflict_ = 0;
        hash_ = 1469598103934665603ull;
        call(false);
        right = !conflict_ && hash_ == serial_[input_];
      }
    if (right) printf("%d %d\n", number, plan);
    fflush(stdout);
  }
  _exit(0);
}
