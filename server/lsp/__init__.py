"""The language server. `server.py` puts it together; before `initialize` is answered, little but pygls is imported.

A document's life: `protocol.py` keeps its text (`documents.py`), `judging.py` has a worker judge it after a pause,
`diagnostics.py`, `hover.py` and `actions.py` turn the judgement into answers, `verifying.py` runs verifications.
Positions are converted in `positions.py` only.
"""
