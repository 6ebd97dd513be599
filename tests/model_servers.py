"""Model servers for tests: llama.cpp's own as a process, and one on a thread that answers as it is told, well or not.

python tests/model_servers.py MODEL.gguf [KEY]     # llama.cpp's server; prints its address, ends with its stdin
"""

from __future__ import annotations

import json
import socketserver
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Reply = Callable[["Handler"], None]
SLOTS = 4


@contextmanager
def llama_server(model: Path, *, key: str | None = None) -> Iterator[str]:
    """llama.cpp's server as a process of its own; gives its address."""
    command = [sys.executable, __file__, str(model), *([] if key is None else [key])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().strip()
        finally:
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


class Handler(BaseHTTPRequestHandler):
    """One request: noted, then answered by the next reply of its path's list, the last one again and again."""

    protocol_version = "HTTP/1.1"
    server: ScriptedServer

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: Any) -> None:
        self.close_connection = True
        with self.server.lock:
            self.server.requests.append((self.path, body, dict(self.headers)))
            replies = self.server.replies.get(self.path, [status(404, {"error": "there is no such page"})])
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        try:
            reply(self)
        except OSError:  # the client left
            self.server.left.set()

    def log_message(self, format: str, *args: Any) -> None: ...


class ScriptedServer(ThreadingHTTPServer):
    """Its `replies` are lists by path; `requests` holds (path, body, headers) of all that came."""

    daemon_threads = True
    scheme = "http"

    def __init__(self, **replies: list[Reply]) -> None:
        self.replies = {f"/{path}": answers for path, answers in replies.items()}
        self.requests: list[tuple[str, Any, dict[str, str]]] = []
        self.lock = threading.Lock()
        self.left = threading.Event()
        self.freed = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is no news."""

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # without asking for this machine's name
        self.server_name, self.server_port = "localhost", self.server_address[1]

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    def speak_tls(self, certificate: Path) -> None:
        """From here on; `certificate` holds the key, too."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.scheme = "https"

    def bodies(self, path: str) -> list[Any]:
        return [body for asked, body, _ in self.requests if asked == path]

    def __enter__(self) -> ScriptedServer:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.freed.set()
        self.shutdown()
        self.server_close()


def status(code: int, content: Any, **headers: str) -> Reply:
    def reply(handler: Handler) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return reply


def models(*names: str, owner: str = "vllm") -> Reply:
    return status(200, {"object": "list", "data": [{"id": name, "owned_by": owner, "created": 1} for name in names]})


def raw(data: bytes) -> Reply:
    """These bytes in place of an answer, and the end of the connection."""

    def reply(handler: Handler) -> None:
        handler.wfile.write(data)

    return reply


def stream(*lines: str, then: Callable[[Handler], None] | None = None) -> Reply:
    """The lines of a stream; its end is that of the connection."""

    def reply(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for line in lines:
            handler.wfile.write(line.encode() + b"\n")
            handler.wfile.flush()
        if then is not None:
            then(handler)

    return reply


def hang(handler: Handler) -> None:
    """Say nothing more until the client leaves or the test ends."""
    handler.connection.settimeout(0.01)
    while not handler.server.freed.is_set():
        try:
            if handler.connection.recv(1) == b"":
                handler.server.left.set()
                return
        except TimeoutError:
            continue


def said(text: str, *, finish: str | None = "stop", usage: bool = True) -> list[str]:
    """The stream of an OpenAI-compatible server that says the text a letter at a time."""
    chunks: list[dict[str, Any]] = [{"choices": [{"delta": {"content": letter}}]} for letter in text]
    if finish is not None:
        chunks.append({"choices": [{"delta": {}, "finish_reason": finish}]})
    if usage:
        chunks.append({"choices": [], "usage": {"prompt_tokens": 40, "completion_tokens": len(text)}})
    return [f"data: {json.dumps(chunk)}\n" for chunk in chunks] + (["data: [DONE]"] if finish else [])


def _serve(model: str, key: str | None) -> None:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.verbosity = -1
    parameters.n_ctx = 4096 * SLOTS
    parameters.n_parallel = SLOTS
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.warmup = parameters.fit_params = parameters.ui = False
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    if key is not None:
        parameters.api_keys = [key]
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
