"""Worker processes: long work runs in them, so that the event loop answers and a crash costs one task.

A worker reads requests and writes replies, one JSON object a line, on pipes of its own (`messages.py`); whatever a
library prints goes to stderr. It never outlives the process that started it: it leads a session of its own, and a
thread ends the whole session's process group when the request pipe closes, however the other side died
(`process.py`). Cancelling is ending the group; the next request starts a fresh worker (`client.py`).
"""
