/* frames.c: which iteration made an access.
 *
 * ThreadSanitizer restores the stack of the earlier of two accesses from a log of function entries and exits. Into
 * that log we write an entry of our own at the start of each iteration: an address that is no code, but says which
 * iteration begins. So both stacks of a report name theirs. */
#include "lanes.h"

void __tsan_func_entry(void *);
void __tsan_func_exit(void *);

/* 44 bits, all that newer logs keep: 4 of mark, in a range where nothing is mapped; 2 of kind; 38 of number. */
enum { NUMBER_BITS = 38 };
#define MARK 0xa0000000000u

void frame_push(enum frame_kind kind, int64_t number) {
  uint64_t bits = (uint64_t)number & ((1ull << NUMBER_BITS) - 1);
  __tsan_func_entry((void *)(uintptr_t)(MARK | (uint64_t)kind << NUMBER_BITS | bits));
}

void frame_pop(void) { __tsan_func_exit(NULL); }

/* A lane is in one iteration at a time: the frame of the last one goes first. */
void frame_replace(struct lane *lane, enum frame_kind kind, int64_t number) {
  frame_drop(lane);
  frame_push(kind, number);
  lane->framed = true;
}

void frame_drop(struct lane *lane) {
  if (lane->framed) frame_pop();
  lane->framed = false;
}
