/* Garbage for the private copies of variables, at the start of each iteration.
 *
 * A plan that makes a variable private says that no iteration reads it before writing it. If that is true, it does
 * not matter what the copy holds when an iteration begins. ../privates.py inserts the calls.
 *
 *     PRAGMATIST_FILL   0 or 1: which of two fillings goes to the even calls, the other going to the odd ones.
 *                       Both are enormous numbers as double and float, one negative and one positive, pointers to
 *                       nowhere, and neither true nor false. Without it nothing is filled.
 */
#include <stdlib.h>
#include <string.h>

static int filling = -1;
static __thread unsigned calls;

/* MemorySanitizer's, where the program is built with it: it is to take the copy for uninitialised too. */
void __msan_poison(const volatile void *at, size_t bytes) __attribute__((weak));

__attribute__((constructor)) static void read_environment(void) {
  const char *wanted = getenv("PRAGMATIST_FILL");
  if (wanted) filling = *wanted == '1';
}

/* `number` is the variable's place in the list of those filled: those of an iteration are filled alike. */
void pragmatist_fill(void *at, unsigned long bytes, int number) {
  if (number == 0) calls++;
  if (filling >= 0) memset(at, (calls + (unsigned)filling) & 1 ? 0xFE : 0x7E, bytes);
  if (__msan_poison) __msan_poison(at, bytes);
}
