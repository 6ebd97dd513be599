"""What the answer to `initialize` announces: names alone, since nothing else is imported before it."""

from __future__ import annotations

REWRITE = "refactor.rewrite.pragmatist.parallelise"
FIX_ALL = "source.fixAll.pragmatist"
CODE_ACTION_KINDS = ("quickfix", REWRITE, FIX_ALL)

PARALLELISE = "pragmatist.parallelise"
VERIFY = "pragmatist.verify"
VERIFY_FILE = "pragmatist.verifyFile"
EXPLAIN_LOOP = "pragmatist.explainLoop"
SHOW_REPORT = "pragmatist.showReport"
RESTART_WORKERS = "pragmatist.restartWorkers"
COMMANDS = (PARALLELISE, VERIFY, VERIFY_FILE, EXPLAIN_LOOP, SHOW_REPORT, RESTART_WORKERS)
