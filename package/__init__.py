"""Pragmatist: checked OpenMP parallelisation of C and C++ loops."""

__version__ = "0.1.0"
