"""Lane runs: programs under our own OpenMP runtime, which shows races whatever the schedule. See runtime/lanes.h."""
