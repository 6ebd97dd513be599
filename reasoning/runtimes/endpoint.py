"""Where a model server is, as the user wrote it, and the key that it may ask for.

The address comes from the user's own command line or environment and the key from the environment alone: a file of a
workspace, which somebody else may have written, must not choose who is told about a program, or get hold of a key.
"""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

import msgspec

from .protocol import ModelError

ADDRESS_VARIABLE = "PRAGMATIST_ENDPOINT"
KEY_VARIABLE = "PRAGMATIST_MODEL_KEY"
_LONGEST_NAME = 200


class Endpoint(msgspec.Struct, frozen=True):
    """A server and the model to ask there; `model` None is the only one that the server has.

    `base` is the path of the OpenAI-compatible interface ("/v1"), `root` that below which a server's own one lies.
    """

    scheme: str
    host: str
    port: int
    root: str
    model: str | None = None

    @property
    def base(self) -> str:
        return f"{self.root}/v1"

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.base}"

    @property
    def local(self) -> bool:
        """Whether what is sent there stays on this machine."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def endpoint(url: str, model: str | None = None) -> Endpoint:
    """The endpoint at an address such as `http://localhost:11434`, with or without `/v1`; raises `ModelError`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ModelError(f"{_shown(url)} is no address: write http://HOST:PORT") from None
    if parts.username is not None or parts.password is not None:  # not shown: it holds a secret
        raise ModelError(f"an address holds no password: put the server's key into {KEY_VARIABLE}")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ModelError(f"{_shown(url)} is no address of a model server: write http://HOST:PORT")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ModelError(f"{_shown(url)} is no address: it holds characters that no address has")
    if model is not None and (not model or not model.isprintable() or len(model) > _LONGEST_NAME):
        raise ModelError(f"{_shown(model)} is no name of a model")
    root = parts.path.rstrip("/").removesuffix("/v1")
    return Endpoint(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), root, model)


def key_for(where: Endpoint) -> str | None:
    """The key to show to the server, from the environment; raises `ModelError` (which never holds it)."""
    key = os.environ.get(KEY_VARIABLE) or None
    if key is None:
        return None
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ModelError(f"{KEY_VARIABLE} holds characters that no key has, such as a blank or the end of a line")
    if where.scheme == "http" and not where.local:
        raise ModelError(
            f"{KEY_VARIABLE} is set, and {where.url} would get it in the clear: use https, or unset the variable"
        )
    return key


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_NAME else text[:_LONGEST_NAME] + "…")
