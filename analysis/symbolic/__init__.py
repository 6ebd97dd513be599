"""Symbolic values: polynomials with integer coefficients over loop counters and loop-invariant unknowns."""
