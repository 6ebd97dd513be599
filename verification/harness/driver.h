/* Between a driver and harness/driver.c. Names begin with pragmatist_, since this stands below the user's text. */
#ifndef PRAGMATIST_DRIVER_H
#define PRAGMATIST_DRIVER_H
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif

/* What an integer is used as, which decides its values. */
enum pragmatist_role {
  PRAGMATIST_DATA,      /* -9 to 9, or 0 to 18 */
  PRAGMATIST_UNSIGNED,  /* 0 to 9 */
  PRAGMATIST_SUBSCRIPT, /* of some array: a permutation of 0 to size - 1, unless duplicates are asked for */
  PRAGMATIST_OFFSET,    /* where pieces begin: increasing */
  PRAGMATIST_CHARACTER, /* a letter; each piece of some size ends with a null */
  PRAGMATIST_WORD,      /* likewise, of an array of many: no longer than words are */
  PRAGMATIST_SHORT      /* 1.25, 1.5 or 1.75: read as an integer, it is one that may be added to */
};

/* Contents of the elements [from, to) of an array whose element 0 is at `first`; and printing them. */
typedef void (*pragmatist_fill_function)(void *first, long from, long to);
typedef void (*pragmatist_show_function)(void *first, long from, long to);

void pragmatist_read_input(const char *description);
long pragmatist_scalar(int which);
long pragmatist_count(int site);
/* What a function of ours makes of its arguments, `whole` for an integer: of two the difference, as sorting asks. */
double pragmatist_mixed(const double *values, int count, int whole);
/* Whether what may be an integer is a real number. */
int pragmatist_looks_real(const void *at, size_t bytes);
/* `kind`: i integer, f floating point, b truth value, z complex. */
void pragmatist_put(void *at, size_t bytes, int kind, enum pragmatist_role role, int site, long index);
void pragmatist_put_all(void *at, size_t total, size_t each, int kind, enum pragmatist_role role, int site, long index);
/* `rows`: PRAGMATIST_ROWS where its elements hold pointers, which costs memory for each element that is filled;
   PRAGMATIST_TEXT and PRAGMATIST_WORDS where they are characters that end with a null, which the library's functions
   look for: however few of them are touched, one is there. */
enum { PRAGMATIST_ROWS = 1, PRAGMATIST_TEXT, PRAGMATIST_WORDS };
/* The subscript of the first null. */
long pragmatist_end_of_text(int rows);
void *pragmatist_array(int site, size_t element, pragmatist_fill_function fill, pragmatist_show_function show, int rows);
int pragmatist_is_survey(void);
/* The memory of a container, for a survey: room for `capacity` elements, of which `count` exist. */
void pragmatist_container(int site, const void *data, size_t element, long count, long capacity);
void pragmatist_before_call(int input);
void pragmatist_after_call(int input);
int pragmatist_prints(void);
/* harness/pointed.c: prints where a pointer leads. What it returns are `count` elements that are to be printed, none
   where they are printed elsewhere, or nobody knows how many there are. */
const void *pragmatist_leads(const void *at, size_t each, const char *label, long *count);
long pragmatist_most(long count, const char *label);
/* Says that what something leads to is not printed. */
void pragmatist_untold(const char *label);
/* An object of the driver's that it prints anyway. */
void pragmatist_own(const void *at, size_t bytes);
/* Whether an address is in an array or object of the driver's: its number, and the place in it in bytes. */
int pragmatist_is_own(const void *at, long *number, long *offset);
void pragmatist_label(const char *words);
void pragmatist_show(const void *at, size_t total, size_t each, int kind);
void pragmatist_show_arrays(void);
void pragmatist_free_arrays(void);

#ifdef __cplusplus
}
#endif
#endif
