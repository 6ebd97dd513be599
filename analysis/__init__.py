"""Facts about loops, from the text alone: pure functions, no files, no processes, no clock, no network."""
