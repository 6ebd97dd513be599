"""The report on one loop: an HTML page that says at a glance why the loop can, or cannot, run in parallel.

`page.report_html` is the way in: a pure function of a text, its judgement and its evidence. The page asks the network
for nothing, runs no script, and cannot be made to by what the source says.
"""
