"""What travels between a process and its worker, one JSON object a line."""

from __future__ import annotations

import msgspec


class Request(msgspec.Struct):
    id: int
    method: str
    params: msgspec.Raw


class Reply(msgspec.Struct, omit_defaults=True):
    """Exactly one of `result` and `error` ends a request; any number of `progress` may come before."""

    id: int
    result: msgspec.Raw | None = None
    progress: msgspec.Raw | None = None
    error: str | None = None
    internal: bool = False  # the error is a fault of ours, with its traceback on stderr


encode = msgspec.json.Encoder().encode
decode_request = msgspec.json.Decoder(Request).decode
decode_reply = msgspec.json.Decoder(Reply).decode
