"""A hub on this machine: it speaks as much of the public hub's protocol as a client needs to get a file.

A file's own address redirects to where its content lies, and names its size and SHA-256; contents come in ranges.
"""

from __future__ import annotations

import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hub(ThreadingHTTPServer):
    """`content` is every file's. `cuts` are the bytes after which each next transfer breaks off, None for none.

    `ranges` holds what the transfers asked for, `requests` the paths and headers of all that came.
    """

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.sha256: str | None = hashlib.sha256(content).hexdigest()
        self.cuts: list[int | None] = []
        self.knows_ranges = True
        self.status = 200
        self.ranges: list[str | None] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address) -> None: ...

    def __enter__(self) -> Hub:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        hub = self.server
        hub.requests.append((self.path, dict(self.headers)))
        if hub.status != 200:
            self.send_response(hub.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif "/resolve/main/" in self.path:
            self.send_response(302)
            elsewhere = hub.url.replace("127.0.0.1", "localhost")  # contents lie on hosts of their own
            self.send_header("Location", f"{elsewhere}/content{self.path.replace('/resolve/main/', '/')}")
            self.send_header("X-Repo-Commit", "0" * 40)
            self.send_header("X-Linked-Size", str(len(hub.content)))
            if hub.sha256 is not None:
                self.send_header("X-Linked-ETag", f'"{hub.sha256}"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif with_body:
            self._transfer()

    def _transfer(self) -> None:
        hub = self.server
        asked = self.headers.get("Range")
        hub.ranges.append(asked)
        match = re.match(r"bytes=(\d+)-", asked or "") if hub.knows_ranges else None
        start = int(match[1]) if match else 0
        rest = hub.content[start:]
        self.send_response(206 if match else 200)
        if match:
            self.send_header("Content-Range", f"bytes {start}-{len(hub.content) - 1}/{len(hub.content)}")
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        cut = hub.cuts.pop(0) if hub.cuts else None
        self.wfile.write(rest if cut is None else rest[:cut])

    def log_message(self, format, *args) -> None: ...
