"""Exit codes, the same for every command."""

WELL = 0  # nothing needs attention
ATTENTION = 1  # a racy directive, or with --fail-on parallel a pragma that could be inserted
FAILED = 2  # usage, a file that cannot be read, or work that could not be done
INCONCLUSIVE = 3  # it was done, and cannot tell
INTERRUPTED = 130
