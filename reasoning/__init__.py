"""Plans for loops: the static planner, model strategies and runtimes, and the checker that holds every plan to the facts."""
