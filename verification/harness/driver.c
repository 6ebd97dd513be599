/* What every driver shares: the input's description, contents for memory, and printing it afterwards.
 *
 * A driver (verification/drivers/write.py) calls a function of the user's on inputs that are described one per command
 * line argument:
 *
 *     seed,signs,duplicates,size,injective,increasing,print,into,from,shift/scalar,.../low:high,...
 *
 * `signs`: 1 for floating-point contents of either sign. `scalars` are the values of integers, in the driver's order.
 * `low:high` are the first and last subscript of each site's arrays; a site is a place in the parameters' types that
 * holds an array. The first array of the site `from`, unless that is -1, lies within the one of the site `into`, from
 * its element `shift` on, so that the two overlap. What an element contains depends on the seed, its site and its
 * subscript alone, so that an array may be made longer or shorter without changing what is in it. `print` is 0 for
 * inputs that are only timed.
 *
 * With harness/survey.c linked in, arrays have room far beyond what is needed and their last subscripts are found out.
 * Compiled without sanitizers and without the project's flags; what it allocates the sanitizers watch nevertheless.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver.h"

enum { MOST = 256, MOST_ARRAYS = 65536, LONGEST_WORD = 30, WHOLE = 2000, ENOUGH = 30000, PARTS = 1000, SPARE = 16,
       LARGE = 1 << 20, PERIOD = 16381 };

static long seed, signs, duplicates, size, injective, increasing, print, into, from, shift;
static long scalars[MOST], lows[MOST], highs[MOST];

struct array {
  int site;
  char *first; /* element 0 */
  void *memory;
  size_t bytes;
  pragmatist_show_function show;
  long begin, end;
};
static struct array arrays[MOST_ARRAYS];
static long shown; /* numbers of this input */
static int array_count;
static int repeatable; /* nothing was filled since this was set whose value says where something is */
/* Large blocks of the input before, where inputs are only timed: getting them anew takes longer than filling them. */
static struct spare {
  void *memory;
  size_t bytes;
} spares[SPARE];

/* Objects of the driver's that are no arrays. */
static struct object {
  const char *at;
  size_t bytes;
} objects[MOST];
static int object_count;

/* Set where harness/survey.c is linked in. */
void *pragmatist_survey_array(int site, size_t element, pragmatist_fill_function fill, int rows)
    __attribute__((weak));
void pragmatist_survey_container(int site, const void *data, size_t element, long count, long capacity)
    __attribute__((weak));
void pragmatist_survey_put(void) __attribute__((weak));
void pragmatist_survey_begin(int input) __attribute__((weak));
void pragmatist_survey_end(int input) __attribute__((weak));
/* harness/observe.c, where that is linked in: only the calls count as the program's time. */
void pragmatist_program_began(void) __attribute__((weak));
void pragmatist_program_ended(void) __attribute__((weak));
/* harness/pointed.c, likewise. */
void pragmatist_watch_memory(int on) __attribute__((weak));

static long number(const char **at) {
  char *end;
  long value = strtol(*at, &end, 10);
  *at = *end == ',' || *end == ':' ? end + 1 : end;
  return value;
}

static void section(const char **at, long *values, long *others) {
  int count = 0;
  while (**at && **at != '/' && count < MOST) {
    values[count] = number(at);
    if (others) others[count] = number(at);
    count++;
  }
  if (**at == '/') (*at)++;
}

void pragmatist_read_input(const char *description) {
  long head[16] = {0};
  memset(scalars, 0, sizeof scalars);
  memset(lows, 0, sizeof lows);
  for (int site = 0; site < MOST; site++) highs[site] = -1;
  section(&description, head, NULL);
  seed = head[0], signs = head[1], duplicates = head[2], size = head[3];
  injective = head[4], increasing = head[5], print = head[6];
  into = head[7], from = head[8], shift = head[9];
  section(&description, scalars, NULL);
  section(&description, lows, highs);
  array_count = object_count = 0;
  shown = 0;
}

long pragmatist_scalar(int which) { return scalars[which]; }

long pragmatist_count(int site) { return highs[site] + 1 > 0 ? highs[site] + 1 : 0; }

/* splitmix64 (Steele, Lea and Flood 2014): neighbouring inputs give unrelated outputs. */
static unsigned long long mixed(unsigned long long x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

static unsigned long long random_at(int site, long index) {
  /* One site after the other is filled, so that the first half of the work is the last one's. */
  static long long seed_before = -1, site_before = -1;
  static unsigned long long start;
  if (seed != seed_before || site != site_before) {
    start = mixed((unsigned long long)seed * 1000003u + (unsigned)site);
    seed_before = seed, site_before = site;
  }
  return mixed(start + (unsigned long long)index);
}

/* Magnitudes from 1/16 to 16, none of them a short binary fraction: sums of these do round. */
static double real(int site, long index) {
  static const double scales[8] = {0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8};
  unsigned long long bits = random_at(site, index);
  double value = (1.0 + (double)(bits >> 12) / 4503599627370496.0) * scales[bits & 7];
  return signs && (bits & 8) ? -value : value;
}

double pragmatist_mixed(const double *values, int count, int whole) {
  double sum = count ? values[0] : 1;
  for (int i = 1; i < count; i++) sum += i % 2 ? -values[i] : values[i];
  if (count != 1) return sum;
  return whole ? (double)((long)sum % 3) : 0.5 * sum + 1;
}

static long common_divisor(long a, long b) { return b ? common_divisor(b, a % b) : a; }

/* Subscripts: a permutation of 0 to size - 1, repeated, or shifted up from one repetition to the next. */
static long subscript(int site, long index) {
  static long limit_before, seed_before, factor;
  long limit = size > 0 ? size : 1, block, within;
  if (increasing) return 2 * index + (index & 1);
  if (duplicates) return (long)(random_at(site, index) % (unsigned long long)((limit + 1) / 2));
  if (index < 0) index = -index;
  block = index / limit, within = index % limit;
  if (limit != limit_before || seed != seed_before) {
    limit_before = limit, seed_before = seed, factor = limit / 2 + 1 + seed % 3;
    while (common_divisor(factor, limit) != 1) factor++;
  }
  within = (within * factor + seed + site) % limit;
  return injective ? block * limit + within : within;
}

long pragmatist_end_of_text(int rows) {
  long longest = rows == PRAGMATIST_WORDS && size > LONGEST_WORD ? LONGEST_WORD : size;
  return rows == PRAGMATIST_TEXT || rows == PRAGMATIST_WORDS ? longest + 1 : -1;
}

static long character(int rows, int site, long index) {
  return (index + 1) % (pragmatist_end_of_text(rows) + 1) == 0 ? 0 : 'a' + (long)(random_at(site, index) % 26);
}

static long integer(enum pragmatist_role role, int site, long index) {
  switch (role) {
    case PRAGMATIST_SUBSCRIPT: return subscript(site, index);
    case PRAGMATIST_OFFSET: return 2 * index + (index & 1); /* pieces of three and of one in turn */
    case PRAGMATIST_CHARACTER: return character(PRAGMATIST_TEXT, site, index);
    case PRAGMATIST_WORD: return character(PRAGMATIST_WORDS, site, index);
    case PRAGMATIST_UNSIGNED: return (long)(random_at(site, index) % 10);
    default: return (long)(random_at(site, index) % 19) - (signs ? 9 : 0);
  }
}

void pragmatist_put(void *at, size_t bytes, int kind, enum pragmatist_role role, int site, long index) {
  union {
    signed char c;
    short s;
    int i;
    long long l;
    float f;
    double d;
    long double ld;
  } value;
  if (kind == 'z') { /* complex: two reals */
    pragmatist_put(at, bytes / 2, 'f', role, site, 2 * index);
    pragmatist_put((char *)at + bytes / 2, bytes / 2, 'f', role, site, 2 * index + 1);
    return;
  }
  if (pragmatist_survey_put) pragmatist_survey_put();
  if (role != PRAGMATIST_DATA && role != PRAGMATIST_UNSIGNED) repeatable = 0;
  /* Large inputs have millions of these: no call of memcpy, which without a sanitizer of its own this would be. */
  if (kind == 'f') {
    double x = role == PRAGMATIST_SHORT ? 1.25 + 0.25 * (double)(random_at(site, index) % 3) : real(site, index);
    if (bytes == sizeof(double)) value.d = x, __builtin_memcpy(at, &value, sizeof(double));
    else if (bytes == sizeof(float)) value.f = (float)x, __builtin_memcpy(at, &value, sizeof(float));
    else memset(&value, 0, sizeof value), value.ld = x, memcpy(at, &value, bytes < sizeof value ? bytes : sizeof value);
    return;
  }
  long x = kind == 'b' ? (long)(random_at(site, index) & 1) : integer(role, site, index);
  if (bytes == sizeof(int)) value.i = (int)x, __builtin_memcpy(at, &value, sizeof(int));
  else if (bytes == sizeof(long long)) value.l = x, __builtin_memcpy(at, &value, sizeof(long long));
  else if (bytes == 1) value.c = (signed char)x, __builtin_memcpy(at, &value, 1);
  else if (bytes == sizeof(short)) value.s = (short)x, __builtin_memcpy(at, &value, sizeof(short));
  else memset(&value, 0, sizeof value), value.l = x, memcpy(at, &value, bytes < sizeof value ? bytes : sizeof value);
}

void pragmatist_put_all(void *at, size_t total, size_t each, int kind, enum pragmatist_role role, int site, long index) {
  long count = (long)(total / each);
  for (long i = 0; i < count; i++) pragmatist_put((char *)at + i * each, each, kind, role, site, index * count + i);
}

static void *block(size_t bytes) {
  for (int i = 0; i < SPARE; i++)
    if (!print && spares[i].memory && spares[i].bytes == bytes) {
      void *memory = spares[i].memory;
      spares[i].memory = NULL;
      return memory;
    }
  return malloc(bytes);
}

static void give_back(void *memory, size_t bytes) {
  for (int i = 0; i < SPARE && !print && bytes >= LARGE; i++)
    if (!spares[i].memory) {
      spares[i] = (struct spare){memory, bytes};
      return;
    }
  free(memory);
}

/* Where an input is only timed, numbers in a long array repeat: making each anew would take longer than the call. */
static void fill_all(char *first, size_t element, long low, long end, pragmatist_fill_function fill, int rows) {
  long filled = print || rows || end - low < 2 * PERIOD ? end : low + PERIOD;
  repeatable = 1;
  fill(first, low, filled);
  if (!repeatable && filled < end) fill(first, filled, end), filled = end;
  while (filled < end) {
    long count = end - filled < PERIOD ? end - filled : PERIOD;
    memcpy(first + filled * (long)element, first + low * (long)element, (size_t)count * element);
    filled += count;
  }
}

void *pragmatist_array(int site, size_t element, pragmatist_fill_function fill, pragmatist_show_function show,
                       int rows) {
  if (pragmatist_survey_array) return pragmatist_survey_array(site, element, fill, rows);
  long low = lows[site] < 0 ? lows[site] : 0, high = highs[site], end = pragmatist_end_of_text(rows);
  if (high < end) high = end;
  if (from >= 0 && site == from) {
    for (int i = 0; i < array_count; i++)
      if (arrays[i].site == into) return arrays[i].first + shift * (long)element;
  }
  if (from >= 0 && site == into && high < shift + highs[from]) high = shift + highs[from];
  size_t bytes = high < low ? 0 : (size_t)(high - low + 1) * element;
  char *memory = block(bytes ? bytes : 1);
  if (!memory || array_count == MOST_ARRAYS) {
    fprintf(stderr, "pragmatist: the input does not fit into memory\n");
    exit(98);
  }
  char *first = memory - low * (long)element;
  /* First in the list: rows that fill makes come after the array that points to them. */
  arrays[array_count++] = (struct array){site, first, memory, bytes, show, low, high + 1};
  if (high >= low) fill_all(first, element, low, high + 1, fill, rows == PRAGMATIST_ROWS);
  return first;
}

int pragmatist_is_survey(void) { return pragmatist_survey_array != 0; }

void pragmatist_container(int site, const void *data, size_t element, long count, long capacity) {
  if (pragmatist_survey_container) pragmatist_survey_container(site, data, element, count, capacity);
}

void pragmatist_before_call(int input) {
  fflush(stdout);
  if (pragmatist_watch_memory && pragmatist_prints()) pragmatist_watch_memory(1);
  if (pragmatist_survey_begin) pragmatist_survey_begin(input);
  if (pragmatist_program_began) pragmatist_program_began();
}

void pragmatist_after_call(int input) {
  if (pragmatist_program_ended) pragmatist_program_ended();
  if (pragmatist_watch_memory) pragmatist_watch_memory(0);
  if (pragmatist_survey_end) pragmatist_survey_end(input);
  if (print) printf("\n-- input:"); /* without its number: where nothing else is printed, nothing is compared */
}

int pragmatist_prints(void) { return print && !pragmatist_survey_array; }

void pragmatist_show_arrays(void) {
  for (int i = 0; i < array_count && pragmatist_prints(); i++)
    if (arrays[i].begin < arrays[i].end) arrays[i].show(arrays[i].first, arrays[i].begin, arrays[i].end);
}

void pragmatist_free_arrays(void) {
  for (int i = 0; i < array_count; i++) give_back(arrays[i].memory, arrays[i].bytes);
  array_count = 0;
}

void pragmatist_own(const void *at, size_t bytes) {
  if (object_count < MOST) objects[object_count++] = (struct object){at, bytes};
}

int pragmatist_is_own(const void *address, long *number, long *offset) {
  const char *at = address;
  for (int i = 0; i < object_count; i++)
    if (at >= objects[i].at && at < objects[i].at + objects[i].bytes)
      return *number = MOST_ARRAYS + i, *offset = at - objects[i].at, 1;
  for (int i = 0; i < array_count; i++) {
    const char *memory = arrays[i].memory;
    if (at >= memory && at <= memory + arrays[i].bytes) /* or behind its end */
      return *number = i, *offset = at - memory, 1;
  }
  return 0;
}

/* ../checks/outputs.py looks for these words. */
void pragmatist_untold(const char *label) {
  if (pragmatist_prints()) printf(" {not compared: %s}", label);
}

static long double as_real(const void *at, size_t bytes) {
  float f;
  double d;
  long double ld;
  if (bytes == sizeof f) return memcpy(&f, at, sizeof f), (long double)f;
  if (bytes == sizeof d) return memcpy(&d, at, sizeof d), (long double)d;
  return memcpy(&ld, at, sizeof ld), ld;
}

static long long as_integer(const void *at, size_t bytes) {
  signed char c;
  short s;
  int i;
  long long l = 0;
  if (bytes == sizeof c) return memcpy(&c, at, sizeof c), c;
  if (bytes == sizeof s) return memcpy(&s, at, sizeof s), s;
  if (bytes == sizeof i) return memcpy(&i, at, sizeof i), i;
  return memcpy(&l, at, bytes < sizeof l ? bytes : sizeof l), l;
}

int pragmatist_looks_real(const void *at, size_t bytes) {
  long double x = as_real(at, bytes);
  if (x < 0) x = -x;
  return x == 0 || (x > 1e-30L && x < 1e30L);
}

void pragmatist_label(const char *words) {
  if (pragmatist_prints()) printf("\n%s:", words);
}

/* Each number of a short array; of a long one the sums (of integers: a hash) of about a thousand parts. Where much was
   printed already, as of many rows, one of all. */
void pragmatist_show(const void *at, size_t total, size_t each, int kind) {
  if (!pragmatist_prints()) return;
  if (kind == 'z') each /= 2, kind = 'f';
  long count = (long)(total / each), part = count > WHOLE ? (count + PARTS - 1) / PARTS : 1;
  if (shown > ENOUGH && count > 1) part = count;
  shown += (count + part - 1) / part;
  const char *from = at;
  for (long i = 0; i < count; i += part) {
    long end = i + part < count ? i + part : count;
    if (kind == 'f') {
      long double sum = 0;
      for (long k = i; k < end; k++) sum += as_real(from + k * (long)each, each);
      if (each == sizeof(float)) printf(" %.9e", (double)(float)sum);  /* known to be rounded so by its digits */
      else printf(" %.17e", (double)sum);
    } else {
      unsigned long long hash = 0;
      for (long k = i; k < end; k++) hash = hash * 31 + (unsigned long long)as_integer(from + k * (long)each, each);
      printf(" %lld", (long long)(part == 1 ? hash : hash % 1000000007u));
    }
  }
}
