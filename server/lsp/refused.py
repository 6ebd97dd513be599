"""Errors that tell a person why a request was understood and not done."""

from __future__ import annotations

from lsprotocol import types
from pygls.exceptions import JsonRpcException


class Refused(JsonRpcException):
    """LSP 3.17's RequestFailed, with words."""

    CODE = types.LSPErrorCodes.RequestFailed.value

    def __init__(self, message: str) -> None:
        super().__init__(message, self.CODE)


class Outdated(JsonRpcException):
    """LSP 3.17's ContentModified: the client drops it in silence and asks again."""

    CODE = types.LSPErrorCodes.ContentModified.value

    def __init__(self) -> None:
        super().__init__("the text changed since this was listed", self.CODE)
