/* lanes.h: what the files of the lane runtime share.
 *
 * The runtime stands in for gcc's libgomp under a program compiled with -fopenmp -fsanitize=thread. It never runs two
 * things at once. One operating-system thread runs everything, and passes from one *strand* to another only where a
 * strand has to wait. To ThreadSanitizer each strand is a fiber, that is a thread of its own, and the only order
 * between fibers is the one told by `order_release` and `order_acquire`. They are called where OpenMP orders threads
 * or tasks, and nowhere else. So two accesses that OpenMP leaves unordered are reported, whatever happened to run
 * first, and the same seed gives the same run.
 *
 *   strand   a flow of control with a stack and a fiber: a lane, or an explicit task that was deferred
 *   lane     a member of a team: what OpenMP calls a thread. Its implicit task runs on a strand
 *   worker   what outlives regions and belongs to a thread number: the copies of threadprivate variables
 *   team     the lanes of one parallel region, or the initial lane of the program or of a league's team
 *
 * This code is compiled without instrumentation. Memory that the program under test sees (arguments of tasks,
 * reduction areas) comes from malloc, which ThreadSanitizer follows; our own comes from `arena_take`, which it does
 * not know. */
#ifndef PRAGMATIST_LANES_H
#define PRAGMATIST_LANES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

typedef unsigned long long ull;

enum { STATUS_RACE = 66, STATUS_DEADLOCK = 70, STATUS_UNSUPPORTED = 71 };
enum { MOST_LANES = 64 };

/* --- settings.c: from the environment, once ------------------------------------------------------------------- */
struct settings {
  unsigned lanes;         /* PRAGMATIST_LANES: the size of a team that nobody chose */
  uint64_t seed;          /* PRAGMATIST_SEED */
  unsigned levels;        /* OMP_MAX_ACTIVE_LEVELS */
  bool cancellation;      /* OMP_CANCELLATION */
  size_t stack_bytes;     /* PRAGMATIST_STACK_BYTES, of a strand */
  const char *report;     /* PRAGMATIST_REPORT_FILE: where races are written; standard error where it is not set */
};
extern struct settings settings;
uint64_t mix(uint64_t a, uint64_t b); /* a hash of both, well spread */
uint64_t draw(void);                  /* the next number of the run's sequence, which the seed determines */

/* --- memory.c ------------------------------------------------------------------------------------------------- */
void *arena_take(size_t bytes); /* zeroed, aligned to 16 */
void arena_give(void *memory, size_t bytes);
_Noreturn void die(int status, const char *format, ...);

/* --- order.c: happens-before ---------------------------------------------------------------------------------- */
typedef struct order order; /* something that carries order from those who release it to those who acquire it later */
order *order_new(void);
void order_free(order *);
void order_release(order *);
void order_acquire(order *);

/* --- strand.c ------------------------------------------------------------------------------------------------- */
struct lane;
struct task;
enum { READS = 4 };
struct watched {            /* a place that was read atomically */
  const volatile void *place;
  unsigned times;           /* in a row */
  uint8_t bits;
};
struct strand {
  void *fiber;
  ucontext_t context;
  char *stack;
  struct task *task;                  /* the task that it runs now, implicit or explicit */
  bool (*ready)(struct strand *);     /* while it waits: whether it may go on. NULL: at any time */
  void *subject;                      /* what `ready` looks at */
  const char *waits_for;              /* in words, for the message about a deadlock */
  void (*entry)(void *);              /* what it runs */
  void *argument;
  struct watched read[READS];         /* atomic.c: the last places, in turn */
  unsigned reads, fences;
  unsigned fenced;                    /* how many of its next atomic writes come after a release fence */
  struct strand *next;                /* in its pool */
  bool pool;                          /* which */
  size_t position;                    /* in the list of strands that are not running */
};
extern struct strand *current;
/* It runs later. `fresh`: on a fiber that has not run anything lately. */
struct strand *strand_start(void (*entry)(void *), void *argument, struct task *task, bool fresh);
/* Lets others run until `ready` holds. At a task scheduling point other tasks may run on this lane meanwhile. */
void strand_wait(bool (*ready)(struct strand *), void *subject, const char *words, bool scheduling_point);
void strand_yield(bool scheduling_point);
unsigned strands_alive(void);

/* --- team.c --------------------------------------------------------------------------------------------------- */
struct worker {
  bool initial;           /* the thread that the program began with: its thread-local variables are the real ones */
  char *tls;              /* its copy of them; NULL until it is needed */
  order *order;           /* orders what tasks on this thread do to what belongs to the thread */
  struct worker *next;
};
struct group;
struct dependences;
struct task {
  struct lane *lane;
  struct task *parent;
  struct group *group;              /* the innermost taskgroup */
  order *end, *children;            /* its own completion; that of its children */
  unsigned references, unfinished;  /* who holds it; how many of its children have not finished */
  bool final, implicit, done, body_done, detached, fulfilled, touches_worker, cancelled;
  unsigned number;                  /* in order of creation, for reports */
  void (*fn)(void *);
  void *argument, *block;           /* of fn; the memory it lies in */
  struct task **before;             /* those that it depends on */
  unsigned before_count;
  struct exclusion **exclusions;    /* mutexinoutset: what it must hold while it runs */
  unsigned exclusion_count;
  struct dependences *children_by_address; /* for the depend clauses of its children */
  struct task *next;                /* in the queue */
};
struct group {
  struct group *outer;
  order *order;
  unsigned unfinished;
  uintptr_t *reductions;
  bool cancelled;
};
struct lane {
  struct team *team;
  unsigned number;
  struct worker *worker;
  struct strand *inside;       /* who was interrupted on this lane outside of task scheduling points, if anybody */
  unsigned long constructs;    /* worksharing constructs met so far */
  struct share *share;         /* the one it is in */
  struct share *copying;       /* single with copyprivate */
  struct task implicit;
  uint64_t at;                 /* number of the chunk that it runs in `share` */
  bool framed;                 /* whether a frame that names its iteration is on ThreadSanitizer's stack */
};
struct team {
  unsigned count;
  struct lane *lanes;
  struct team *outer;
  unsigned outer_lane;
  unsigned level, active_level;
  unsigned contention_group;   /* 0, or 1 and up for the teams of a league */
  unsigned league_number, league_size, league_stride, thread_limit; /* of the team in its league */
  unsigned wanted;             /* omp_set_num_threads */
  unsigned active_levels;      /* omp_set_max_active_levels */
  unsigned long generation;    /* of the barrier */
  unsigned arrived, unfinished;
  order *barrier[2], *fork;
  struct share *shares;
  bool cancelled;
  void (*fn)(void *);
  void *data;
  unsigned reached_end;
  uint64_t salt;
};
struct lane *this_lane(void);
struct team *this_team(void);
bool on_first_thread(void); /* and not on one that the program made by itself */
void team_barrier(bool cancellable);
/* Runs fn(data) on a team of lanes. `prepare` may set up the team before its lanes start. */
void team_run(void (*fn)(void *), void *data, unsigned count, void (*prepare)(struct team *, void *), void *subject);
unsigned team_size(unsigned requested);
void league_run(void (*fn)(void *), void *data, unsigned lanes, unsigned teams, unsigned limit);
void touch_worker(void); /* the running task uses what belongs to its thread */

/* --- share.c: worksharing constructs, each met by all lanes of a team in the same order ----------------------- */
struct share {
  struct share *next;
  unsigned long sequence;
  unsigned left;               /* lanes that are done with it */
  uint64_t count, chunk, salt; /* iterations; in one chunk; what their distribution depends on */
  ull start, increment;        /* value of the loop variable in iteration 0, and its step */
  uint64_t at[MOST_LANES];     /* the chunk that each lane runs, or has not reached yet */
  order *order;                /* ordered, copyprivate */
  void *data;                  /* copyprivate */
  bool has_data, cancelled, is_sections;
  unsigned dimensions;         /* doacross */
  uint64_t extents[16], total;
  char *posted;
  uintptr_t *reductions;
  void *memory;
};
struct share *share_enter(void);       /* the construct that the lane has arrived at */
void share_leave(struct share *);
bool share_next(struct share *, uint64_t *first, uint64_t *last); /* the lane's next chunk: iterations [first, last) */
void share_start(struct share *, uint64_t count, uint64_t chunk, bool fixed);
void share_reductions(struct share *, uintptr_t *reductions, void **memory);

/* --- frames.c: what lane-made frames on ThreadSanitizer's stack say ------------------------------------------- */
enum frame_kind { FRAME_EMPTY, FRAME_ITERATION, FRAME_SECTION, FRAME_TASK };
void frame_push(enum frame_kind, int64_t number);
void frame_pop(void);
void frame_replace(struct lane *, enum frame_kind, int64_t number);
void frame_drop(struct lane *);

/* --- lock.c --------------------------------------------------------------------------------------------------- */
struct lock {
  bool held;
  struct task *owner;
  unsigned depth;
  order *order, **of_groups; /* in the program's own contention group; in those of a league's teams */
};
struct lock *lock_new(void);
void lock_take(struct lock *, const char *words);
void lock_release(struct lock *);

/* --- task.c, depend.c, taskgroup.c ---------------------------------------------------------------------------- */
void tasks_wait_children(void);
bool tasks_any_ready(struct task **);  /* takes a task that may start now from the queue */
void task_begin(struct task *);        /* on a strand of its own */
struct task *task_new(struct task *parent);
void task_forget(struct task *);       /* drops one reference */
void task_finish(struct task *);
void task_run_now(struct task *);
void task_queue(struct task *);
void depend_register(struct task *, void **depend, bool as_task);
bool depend_ready(struct task *);
void depend_enter(struct task *);      /* takes the order, and what must be held */
void depend_leave(struct task *);
void depend_drop(struct task *);
void group_enter(void);
void group_leave(void);
void reductions_register(struct group *, uintptr_t *, unsigned lanes);

void report_open(void);
void report_finish(void);
void report_turn(void); /* another strand gets its turn */

#endif
