"""Exact dependence tests between two accesses of one loop nest: cheap ones first, integer sets behind them."""
