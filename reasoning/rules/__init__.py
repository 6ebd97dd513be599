"""The plan checker's rules: one module a rule, each saying what it refuses, why, and what it lets pass.

A rule is a function from a plan and the facts of its loop to rejections. To add one, write the module with its
`check` and its docstring, put it in `checker.RULES`, and add near misses to tests/reasoning/test_checker.py.
"""
