"""Symbolic execution of one function: which memory it touches where, in terms of loop counters and invariants."""
