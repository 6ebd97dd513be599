"""What travels between a process and its worker, one JSON object a line."""

from __future__ import annotations

import msgspec

NOTHING = msgspec.Raw(b"")


class Request(msgspec.Struct):
    id: int
    method: str
    params: msgspec.Raw


class Reply(msgspec.Struct, omit_defaults=True):
    """Exactly one of `result` and `error` ends a request; any number of `progress` may come before.

    What is not there is empty: msgspec knows no optional `Raw`.
    """

    id: int
    result: msgspec.Raw = NOTHING
    progress: msgspec.Raw = NOTHING
    error: str | None = None
    internal: bool = False  # the error is a fault of ours, with its traceback on stderr


encode = msgspec.json.Encoder().encode
decode_request = msgspec.json.Decoder(Request).decode
decode_reply = msgspec.json.Decoder(Reply).decode
