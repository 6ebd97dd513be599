"""Which two accesses of a parallel region may happen at the same time: one rule of that relation a module."""
