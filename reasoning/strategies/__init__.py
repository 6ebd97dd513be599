"""Strategies: ways to get a plan out of a model, one module each."""
