"""Models behind HTTP: llama.cpp's real server, what each kind of server is sent, and every fault that servers have."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import model_servers
import pytest
from model_servers import SLOTS, ScriptedServer, hang, models, raw, said, status, stream
from pragmatist.reasoning.runtimes.endpoint import KEY_VARIABLE, endpoint
from pragmatist.reasoning.runtimes.http_server import ATTEMPTS, HttpServer
from pragmatist.reasoning.runtimes.protocol import (
    Cancelled,
    GenerationError,
    Message,
    ModelError,
    PromptTooLong,
    Request,
)

SCHEMA = {
    "type": "object",
    "properties": {"kind": {"enum": ["static", "dynamic"]}, "note": {"type": "string", "maxLength": 12}},
    "required": ["kind", "note"],
    "additionalProperties": False,
}
CHAT = (Message("system", "Be brief."), Message("user", "Say something."))
KEY = "sk-0123456789"
CHAT_PATH = "/v1/chat/completions"


@pytest.fixture(autouse=True)
def _no_key(monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


@pytest.fixture(scope="module")
def llama(random_model):
    with pytest.MonkeyPatch.context() as patch, model_servers.llama_server(random_model, key=KEY) as address:
        patch.setenv(KEY_VARIABLE, KEY)
        yield HttpServer(endpoint(address))


def scripted(*replies, served=models("m")) -> ScriptedServer:  # noqa: B008
    """A server whose one model answers chats with `replies`, one after the other."""
    server = ScriptedServer()
    server.replies = {"/v1/models": [served], CHAT_PATH: list(replies)}
    return server


def opened(server: ScriptedServer, **options) -> HttpServer:
    return HttpServer(endpoint(server.url), pause=0.001, **options)


# --- llama.cpp's server, a process of its own -----------------------------------------------------------------------


def test_llama_cpp_is_recognised(llama, random_model):
    """Its only model needs no name."""
    assert llama.runtime.startswith("llama.cpp server (http://127.0.0.1:")
    assert llama.model == random_model.stem
    assert llama.structured
    llama.load()


def test_llama_cpp_holds_a_model_to_a_schema(llama):
    """Whatever a random model draws, a finished answer is JSON of the schema's shape."""
    for seed in range(8):
        completion = llama.complete(Request(CHAT, schema=SCHEMA, max_tokens=80, temperature=1.5, seed=seed))

        answer = json.loads(completion.text)
        assert completion.finish == "stop"
        assert list(answer) == ["kind", "note"]
        assert answer["kind"] in ("static", "dynamic")


def test_llama_cpp_counts_tokens(llama):
    """The count beforehand is the one that the answer reports; control tokens in a message are harmless."""
    completion = llama.complete(Request(CHAT, max_tokens=7))

    assert (completion.finish, completion.answer_tokens) == ("length", 7)
    assert completion.prompt_tokens == llama.count_tokens(CHAT)
    harmful = [llama.count_tokens((Message("user", text),)) for text in ("a</s>b", "ab")]
    assert harmful[0] - harmful[1] == len("< /s>")


def test_llama_cpp_serves_several_at_once(llama):
    """More requests than it has places for; each gets an answer of its own. (Not to the letter: sums are rounded in
    another order where several are computed together.)"""
    requests = [Request(CHAT, schema=SCHEMA, max_tokens=80, temperature=1.0, seed=seed) for seed in range(2 * SLOTS)]
    alone = [llama.complete(request).text for request in requests]

    with ThreadPoolExecutor(len(requests)) as pool:
        together = [completion.text for completion in pool.map(llama.complete, requests)]

    assert len(set(alone)) > 2
    assert [json.loads(text).keys() for text in together] == [json.loads(text).keys() for text in alone]


def test_llama_cpp_takes_a_grammar(llama):
    """As it does in process."""
    assert llama.complete(Request(CHAT, grammar='root ::= "x" [0-9]{2}')).text.startswith("x")


def test_llama_cpp_says_when_a_prompt_is_too_long(llama):
    """Both sizes are in the error."""
    with pytest.raises(PromptTooLong, match="context of 4096"):
        llama.complete(Request((Message("user", "x" * 5000),)))


def test_llama_cpp_refuses_a_faulty_schema(llama):
    """A fault of ours is an error, and not free text."""
    with pytest.raises(GenerationError, match="unrecognized type wombat"):
        llama.complete(Request(CHAT, schema={"type": "wombat"}))


def test_llama_cpp_is_told_when_nobody_waits(llama):
    """Cancelled while it writes: the caller is free, and the next request is served at once."""
    event = threading.Event()
    request = Request(CHAT, grammar='root ::= "a"+', max_tokens=3000)

    with pytest.raises(Cancelled):
        llama.complete(request, on_text=lambda _: event.set(), cancelled=event)

    assert llama.complete(Request(CHAT, max_tokens=2)).answer_tokens == 2


def test_llama_cpp_wants_its_key(llama):
    """Without one, the error names the variable."""
    with pytest.raises(ModelError, match=f"set {KEY_VARIABLE}"):
        HttpServer(endpoint(f"http://127.0.0.1:{llama._where.port}"))


# --- what each kind of server is sent -------------------------------------------------------------------------------


def test_an_openai_compatible_server_is_sent_a_response_format():
    """vLLM and LM Studio hold the answer to the schema in it."""
    with scripted(stream(*said('{"a":1}'))) as server:
        completion = opened(server).complete(Request(CHAT, schema=SCHEMA, max_tokens=99))

    (body,) = server.bodies(CHAT_PATH)
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert (body["model"], body["max_tokens"], body["temperature"], body["stream"]) == ("m", 99, 0.0, True)
    assert body["messages"] == [{"role": one.role, "content": one.content} for one in CHAT]
    assert (completion.text, completion.finish) == ('{"a":1}', "stop")
    assert (completion.prompt_tokens, completion.answer_tokens) == (40, 7)


def test_ollama_is_sent_a_format():
    """By its own interface, with a context that the prompt fits into, and its model is loaded beforehand."""
    lines = [json.dumps({"message": {"content": letter}, "done": False}) for letter in '{"a":1}']
    done = json.dumps({"message": {"content": ""}, "done": True, "done_reason": "stop", "prompt_eval_count": 9})
    server = ScriptedServer()
    server.replies = {
        "/v1/models": [models("tiny:latest", owner="library")],
        "/api/tags": [status(200, {"models": [{"name": "tiny:latest", "digest": "abc"}]})],
        "/api/chat": [status(200, {"done": True}), stream(*lines, done)],
    }
    with server:
        runtime = HttpServer(endpoint(server.url, "tiny"))
        runtime.load()
        long = Message("user", "word " * 4000)
        completion = runtime.complete(Request((*CHAT, long), schema=SCHEMA, max_tokens=99))

    loading, asking = server.bodies("/api/chat")
    assert loading == {"model": "tiny:latest", "messages": [], "stream": False}
    assert asking["format"] == SCHEMA
    assert asking["options"] == {"temperature": 0.0, "seed": 0, "num_predict": 99, "num_ctx": 8192}
    assert (completion.text, completion.finish, completion.prompt_tokens) == ('{"a":1}', "stop", 9)
    assert runtime.runtime.startswith("Ollama (")


def test_a_server_without_structured_output_is_told_the_schema():
    """Once it has refused the request it is asked in the plainest way, and is not tried again in the other."""
    refusal = status(400, {"error": {"message": "response_format: unknown field"}})
    with scripted(refusal, stream(*said("Sure: {}"))) as server:
        runtime = opened(server)
        texts = [runtime.complete(Request(CHAT, schema=SCHEMA)).text for _ in range(2)]

    first, *others = server.bodies(CHAT_PATH)
    assert texts == ["Sure: {}"] * 2
    assert not runtime.structured
    assert "response_format" in first
    for body in others:
        assert body.keys() == {"model", "messages", "max_tokens", "temperature", "stream"}
        assert body["messages"][0]["content"].startswith("Be brief.\n\nAnswer with one JSON object")
        assert json.dumps(SCHEMA) in body["messages"][0]["content"]


def test_a_server_that_does_not_stream_is_understood():
    """The whole answer comes in one piece."""
    whole = {"choices": [{"message": {"content": "{}"}, "finish_reason": "length"}], "usage": {"prompt_tokens": 3}}
    with scripted(status(200, whole)) as server:
        completion = opened(server).complete(Request(CHAT))

    assert (completion.text, completion.finish, completion.prompt_tokens) == ("{}", "length", 3)


def test_a_grammar_is_only_for_llama_cpp():
    """The error comes before anything is sent."""
    with scripted(stream(*said("x"))) as server, pytest.raises(GenerationError, match="takes no grammar"):
        opened(server).complete(Request(CHAT, grammar='root ::= "x"'))
    assert server.bodies(CHAT_PATH) == []


def test_the_model_is_one_that_the_server_has():
    """Named where there are several; the error lists them."""
    with scripted(served=models("a", "b:latest")) as server:
        assert HttpServer(endpoint(server.url, "b")).model == "b:latest"
        with pytest.raises(ModelError, match=r"several models; name one with --model: a, b:latest"):
            HttpServer(endpoint(server.url))
        with pytest.raises(ModelError, match=r"no model 'c'; it has: a, b:latest"):
            HttpServer(endpoint(server.url, "c"))


def test_a_server_that_lists_no_models_needs_a_name():
    """Not all of them do."""
    with scripted(stream(*said("x")), served=status(404, {})) as server:
        with pytest.raises(ModelError, match="name one with --model"):
            HttpServer(endpoint(server.url))
        assert HttpServer(endpoint(server.url, "m")).complete(Request(CHAT)).text == "x"


def test_control_tokens_of_any_family_are_broken():
    """Which ones a model elsewhere has is not known; code stays what it is to a reader."""
    with scripted(stream(*said("x"))) as server:
        opened(server).complete(Request((Message("user", "<|im_end|> </s> [INST] <end_of_turn> i<n a[i] i << 2"),)))

    (body,) = server.bodies(CHAT_PATH)
    assert body["messages"][0]["content"] == "< |im_end|> < /s> [ INST] < end_of_turn> i< n a[i] i << 2"


def test_the_digest_tells_models_apart():
    """By server, name and what the server says of the model, but for when it was started."""
    digests = set()
    for served in (models("a"), models("b"), models("a", owner="me")):
        with scripted(served=served) as server:
            digests.add(opened(server).digest)
            assert opened(server).digest == opened(server).digest
    assert len(digests) == 3


# --- faults ---------------------------------------------------------------------------------------------------------

HALF = stream(*said("{", finish=None, usage=False))
RIGHT = stream(*said("{}"))


@pytest.mark.parametrize(
    "fault",
    [
        status(500, {"error": "out of order"}),
        status(503, b"<html>busy</html>"),
        status(429, {}, Retry_After="0"),
        raw(b""),
        raw(b"\x00\xffnot HTTP at all\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\ndata: {"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        HALF,
        stream("data: {garbage"),
        stream("data: [1, 2]"),
        stream("<html>"),
    ],
)
def test_a_fault_that_may_pass_is_asked_again(fault):
    """And the answer is the second one alone; a fault that stays is an error after a few attempts."""
    with scripted(fault, RIGHT) as server:
        assert opened(server).complete(Request(CHAT)).text == "{}"
        assert len(server.bodies(CHAT_PATH)) == 2

    with scripted(fault) as server:
        with pytest.raises(GenerationError, match=server.url):
            opened(server).complete(Request(CHAT))
        assert len(server.bodies(CHAT_PATH)) == ATTEMPTS


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (status(400, {"error": {"message": "no such\x1b[2J thing"}}), r"\(status 400\): no such \[2J thing"),
        (status(401, {}), f"set {KEY_VARIABLE}"),
        (status(302, {}, Location="http://192.0.2.1/"), "points to another address, which is not followed"),
        (stream('data: {"error": {"message": "out of memory"}}'), "failed: out of memory"),
        (stream('{"error": "out of memory"}'), "failed: out of memory"),
    ],
)
def test_a_fault_that_stays_is_not_asked_again(fault, words):
    """The server's words are shown, cleaned."""
    with scripted(fault) as server:
        with pytest.raises(GenerationError, match=words):
            opened(server).complete(Request(CHAT))
        assert len(server.bodies(CHAT_PATH)) == 1


def test_nothing_is_repeated_that_was_seen():
    """A caller that got the beginning of an answer does not get another beginning."""
    pieces: list[str] = []
    with scripted(HALF, RIGHT) as server, pytest.raises(GenerationError, match="in the middle of an answer"):
        opened(server).complete(Request(CHAT), on_text=pieces.append)
    assert pieces == ["{"]


def test_an_answer_without_end_is_cut_off():
    """By its size, whatever was asked for."""
    line = f"data: {json.dumps({'choices': [{'delta': {'content': 'x' * 100_000}}]})}"

    def pour(handler) -> None:
        while True:
            handler.wfile.write(line.encode() + b"\n")

    with scripted(stream(then=pour)) as server:
        completion = opened(server).complete(Request(CHAT))
        assert server.left.wait(5)
    assert completion.finish == "length"
    assert len(completion.text) < 2_000_000


def test_a_line_without_end_is_an_error():
    """Memory is bounded."""

    def pour(handler) -> None:
        while True:
            handler.wfile.write(b"x" * 65536)

    with scripted(stream(then=pour)) as server, pytest.raises(GenerationError, match="more than the 16 MiB"):
        opened(server).complete(Request(CHAT))


@pytest.mark.parametrize("fault", [hang, stream(*said("ab", finish=None, usage=False), then=hang)])
def test_the_time_limit_holds_and_the_server_is_told(fault):
    """Before the first word and in the middle; what was said so far is the answer."""
    with scripted(fault) as server:
        completion = opened(server).complete(Request(CHAT, seconds=0.2))
        assert server.left.wait(5)
    assert completion.finish == "time"
    assert completion.text in ("", "ab")


def test_a_pause_that_is_longer_than_the_time_left_is_not_waited_for():
    """The time limit is the caller's."""
    with scripted(status(503, {}, Retry_After="9")) as server:
        completion = opened(server).complete(Request(CHAT, seconds=2))
    assert (completion.finish, completion.text) == ("time", "")
    assert completion.seconds < 2


def test_a_silent_server_is_given_up():
    """Without a time limit, too."""
    with scripted(hang) as server, pytest.raises(GenerationError, match=r"nothing came for 0\.1 seconds"):
        opened(server, silence=0.1).complete(Request(CHAT))


def seconds_to_cancel(begin, moment: threading.Event) -> float:
    """From the setting of the event to `Cancelled`; `begin(event)` runs until then, `moment` tells when it waits."""
    event, set_at = threading.Event(), []

    def cancel() -> None:
        moment.wait(5)
        set_at.append(time.monotonic())
        event.set()

    threading.Thread(target=cancel, daemon=True).start()
    with pytest.raises(Cancelled):
        begin(event)
    return time.monotonic() - set_at[0]


def test_cancelling_takes_under_100_ms_wherever_it_waits():
    """For the list of models, the first word, the next word, or the next attempt. (Best of three.)"""

    def once(place: str) -> float:
        reached = threading.Event()

        def noted(reply):
            def noting(handler) -> None:
                reached.set()
                reply(handler)

            return noting

        busy = noted(status(503, {}, Retry_After="9"))
        server = scripted(
            {"first": noted(hang), "next": stream(*said("a", finish=None), then=noted(hang))}.get(place, busy)
        )
        if place == "models":
            server.replies["/v1/models"] = [noted(hang)]
        with server:
            if place == "models":
                return seconds_to_cancel(lambda event: opened(server, cancelled=event), reached)
            runtime = opened(server)
            return seconds_to_cancel(lambda event: runtime.complete(Request(CHAT), cancelled=event), reached)

    for place in ("models", "first", "next", "pause"):
        assert min(once(place) for _ in range(3)) < 0.1, place


def test_a_server_that_loads_its_model_is_waited_for():
    """It says 503 until it is ready."""
    loading = status(503, {"error": {"message": "Loading model"}})
    with scripted(RIGHT) as server:
        server.replies["/v1/models"] = [loading] * (2 * ATTEMPTS) + [models("m")]
        assert opened(server).model == "m"


def test_nobody_there_gets_a_sentence():
    """The address is in it."""
    with ScriptedServer() as server:
        url = server.url
    with pytest.raises(ModelError, match=f"no model server at {url}/v1: nothing listens there"):
        HttpServer(endpoint(url), pause=0.001)
    for page in (b"<html>", b"[]", b"{"):
        with scripted(served=status(200, page)) as server, pytest.raises(ModelError, match="its answer is not JSON"):
            opened(server)


# --- TLS ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate of 127.0.0.1, with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl, to make a certificate")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path, "-out", path.with_suffix(".crt")],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate, monkeypatch):
    """Before the key is sent."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    server = scripted(RIGHT)
    server.speak_tls(certificate)
    with server, pytest.raises(ModelError, match="its certificate is not to be trusted: self"):
        opened(server)
    assert server.requests == []


def test_answers_come_over_tls_and_can_be_cancelled(certificate, monkeypatch):
    """With a certificate that this machine trusts; dropping a request ends its thread here, too."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_suffix(".crt")))
    event = threading.Event()
    server = scripted(RIGHT, stream(*said("a", finish=None), then=hang))
    server.speak_tls(certificate)
    with server:
        runtime = opened(server)
        assert runtime.complete(Request(CHAT)).text == "{}"
        with pytest.raises(Cancelled):
            runtime.complete(Request(CHAT), on_text=lambda _: event.set(), cancelled=event)
        assert server.left.wait(5)


# --- the key --------------------------------------------------------------------------------------------------------


def test_the_key_is_sent_and_never_told(monkeypatch):
    """Not in errors, though the server repeats it, nor in anything that the runtime says of itself."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with scripted(status(400, {"error": {"message": f"bad key {KEY}"}})) as server:
        runtime = opened(server)
        with pytest.raises(GenerationError, match="bad key …") as caught:
            runtime.complete(Request(CHAT))

    assert all(headers["Authorization"] == f"Bearer {KEY}" for _, _, headers in server.requests)
    for text in (str(caught.value), repr(runtime), runtime.runtime, runtime.model, runtime.digest):
        assert KEY not in text


def test_without_a_key_none_is_sent():
    """Keys of other services in the environment are not ours to send."""
    with scripted(RIGHT) as server:
        opened(server).complete(Request(CHAT))
    assert all("Authorization" not in headers for _, _, headers in server.requests)


@pytest.mark.parametrize(
    ("url", "key", "words"),
    [
        ("http://192.0.2.1:1", KEY, "would get it in the clear"),
        ("http://127.0.0.1:1", "k y", "characters that no key has"),
        ("http://127.0.0.1:1", "ab\r\nX: y", "characters that no key has"),
    ],
)
def test_a_key_that_would_leak_is_not_used(url, key, words, monkeypatch):
    """Nothing is sent, and the message does not hold it."""
    monkeypatch.setenv(KEY_VARIABLE, key)
    with pytest.raises(ModelError, match=words) as caught:
        HttpServer(endpoint(url))
    assert key not in str(caught.value)


# --- addresses ------------------------------------------------------------------------------------------------------


def test_an_address_is_taken_with_and_without_its_version():
    """And with a path before it."""
    urls = {
        "http://localhost:8080": "http://localhost:8080/v1",
        "http://localhost:8080/v1/": "http://localhost:8080/v1",
        "https://example.org/llm/v1": "https://example.org:443/llm/v1",
        "http://[::1]:8080": "http://[::1]:8080/v1",
    }
    assert {url: endpoint(url).url for url in urls} == urls
    assert [endpoint(url).local for url in urls] == [True, True, False, True]


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8080",
        "file:///etc/passwd",
        "http://",
        "http://h:x",
        "http://h/v1?key=1",
        "http://h\n",
        "",
        "http://[h",
    ],
)
def test_what_is_no_address_is_refused(url):
    """With a sentence that shows one."""
    with pytest.raises(ModelError, match="is no address"):
        endpoint(url)


def test_a_password_in_an_address_is_refused_and_not_shown():
    """Command lines can be seen by others."""
    with pytest.raises(ModelError, match=KEY_VARIABLE) as caught:
        endpoint("http://me:secret@localhost:1")
    assert "secret" not in str(caught.value)
