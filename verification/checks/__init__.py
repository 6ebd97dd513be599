"""One check, one module. Each has `check(bench, edits)`, which puts all the edits in one text and answers for each.

The answers stand in the order of the edits. A check never raises for what the user's program does: that is an outcome.
"""
