/* cancel.c: cancellation, where OMP_CANCELLATION=true; else the constructs do nothing, as the standard has it. */
#include "lanes.h"

enum { PARALLEL = 1, LOOP = 2, SECTIONS = 4, TASKGROUP = 8 };

bool GOMP_cancellation_point(int which) {
  struct lane *lane = this_lane();
  if (!settings.cancellation) return false;
  if ((which & (LOOP | SECTIONS)) && lane->share && lane->share->cancelled) return true;
  if ((which & TASKGROUP) && current->task->group && current->task->group->cancelled) return true;
  return lane->team->cancelled;
}

bool GOMP_cancel(int which, bool activate) {
  struct lane *lane = this_lane();
  if (!settings.cancellation) return false;
  if (!activate) return GOMP_cancellation_point(which);
  if (which & (LOOP | SECTIONS)) {
    if (lane->share) lane->share->cancelled = true;
  } else if (which & TASKGROUP) {
    if (current->task->group) current->task->group->cancelled = true;
  } else if (which & PARALLEL) {
    lane->team->cancelled = true;
  }
  return true;
}

int omp_get_cancellation(void) { return settings.cancellation; }
