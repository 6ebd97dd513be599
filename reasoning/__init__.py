"""Plans for loops: the static planner, model strategies and runtimes, and the checker that holds plans to the facts."""
