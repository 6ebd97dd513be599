/* settings.c: what the environment chooses, and the sequence of numbers that the seed gives. */
#include "lanes.h"
#include <stdlib.h>
#include <strings.h>

struct settings settings;
static uint64_t sequence;

static uint64_t number(const char *name, uint64_t otherwise, uint64_t least, uint64_t most) {
  const char *text = getenv(name);
  char *end;
  if (!text || !*text) return otherwise;
  unsigned long long value = strtoull(text, &end, 0);
  if (end == text) return otherwise;
  return value < least ? least : value > most ? most : value;
}

/* The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
uint64_t mix(uint64_t a, uint64_t b) {
  uint64_t z = a + 0x9e3779b97f4a7c15u * (b + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t draw(void) { return mix(settings.seed, ++sequence); }

/* Before anything else of ours: constructors of the program may already use OpenMP. */
__attribute__((constructor(101))) static void read_settings(void) {
  const char *cancellation = getenv("OMP_CANCELLATION");
  settings.lanes = (unsigned)number("PRAGMATIST_LANES", 8, 2, MOST_LANES);
  settings.seed = number("PRAGMATIST_SEED", 1, 0, UINT64_MAX);
  settings.levels = (unsigned)number("OMP_MAX_ACTIVE_LEVELS", 4, 0, 1000);
  settings.cancellation = cancellation && !strcasecmp(cancellation, "true");
  settings.stack_bytes = number("PRAGMATIST_STACK_BYTES", 8u << 20, 256u << 10, 1u << 30);
  settings.report = getenv("PRAGMATIST_REPORT_FILE");
}
