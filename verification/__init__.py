"""Evidence for plans: compilers, sanitizers, comparison with the serial program, and the sandbox all of it runs in."""
