"""Getting a model file, from a hub on this machine: whole or not at all, and never the same byte twice for nothing."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from model_hub import Hub
from pragmatist.reasoning.models import hub as hub_module
from pragmatist.reasoning.models.catalogue import HubFile
from pragmatist.reasoning.models.hub import PullFailed, pull

WANTED = HubFile("somebody/some-model-GGUF", "some-model-q4.gguf")
CONTENT = os.urandom(3_000_000)
CHUNK = 100_000


@pytest.fixture
def hub(monkeypatch):
    from huggingface_hub import constants, file_download

    with Hub(CONTENT) as served:
        template = f"{served.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "ENDPOINT", served.url)  # HF_ENDPOINT is read once, when it is imported
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(file_download, "time", SimpleNamespace(sleep=lambda _: None))  # before each repetition
        monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", CHUNK)  # what it writes at a time; 10 MB as a rule
        yield served


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole_and_is_named_last(hub, tmp_path):
    """Progress only grows, up to the size; nothing else is left in the folder."""
    told: list[tuple[int, int]] = []

    pulled = pull(WANTED, tmp_path / "models", lambda done, total: told.append((done, total)))

    assert pulled.path.read_bytes() == CONTENT
    assert names(tmp_path / "models") == [WANTED.file]
    assert (pulled.size, pulled.fetched) == (len(CONTENT), len(CONTENT))
    assert pulled.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert told == sorted(told)
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_what_is_here_is_not_fetched_again(hub, tmp_path):
    """But a file of another content under its name is."""
    pull(WANTED, tmp_path)
    hub.ranges.clear()

    assert pull(WANTED, tmp_path).fetched == 0
    assert hub.ranges == []

    (tmp_path / WANTED.file).write_bytes(CONTENT[:-1] + b"?")
    assert pull(WANTED, tmp_path).path.read_bytes() == CONTENT


def test_a_broken_transfer_goes_on_where_it_was(hub, tmp_path):
    """Within one pull, as often as something new comes."""
    hub.cuts = [1_000_000, 10, 500_000, None]

    pulled = pull(WANTED, tmp_path)

    assert pulled.path.read_bytes() == CONTENT
    assert hub.ranges == [None, "bytes=1000000-", "bytes=1000000-", "bytes=1500000-"]


def test_a_pull_that_failed_is_taken_up_by_the_next(hub, tmp_path):
    """The part that came is kept under another name than the model's, and is not fetched again."""
    hub.cuts = [2_000_000, *([0] * 30)]
    with pytest.raises(PullFailed, match=r"pull it again|cannot be reached"):
        pull(WANTED, tmp_path)
    assert not (tmp_path / WANTED.file).exists()
    hub.cuts.clear()
    hub.ranges.clear()

    pulled = pull(WANTED, tmp_path)

    assert pulled.path.read_bytes() == CONTENT
    assert hub.ranges == ["bytes=2000000-"]
    assert pulled.fetched == 1_000_000


def test_a_hub_that_knows_no_ranges_starts_anew(hub, tmp_path):
    """And the file is not both halves behind each other."""
    hub.cuts = [2_000_000, None]
    hub.knows_ranges = False

    assert pull(WANTED, tmp_path).path.read_bytes() == CONTENT


def test_another_content_than_the_hub_says_is_dropped(hub, tmp_path):
    """Of the right length, too; and the next pull begins from nothing."""
    hub.content = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])

    with pytest.raises(PullFailed, match="SHA-256"):
        pull(WANTED, tmp_path)

    assert names(tmp_path) == []
    hub.content = CONTENT
    assert pull(WANTED, tmp_path).path.read_bytes() == CONTENT


def test_a_part_of_another_version_is_not_gone_on_with(hub, tmp_path):
    """Its name holds the checksum of what it is a part of."""
    hub.cuts = [2_000_000, *([0] * 30)]
    with pytest.raises(PullFailed):
        pull(WANTED, tmp_path)
    hub.cuts.clear()
    hub.content = CONTENT[::-1]
    hub.sha256 = hashlib.sha256(hub.content).hexdigest()

    assert pull(WANTED, tmp_path).path.read_bytes() == CONTENT[::-1]


def test_a_hub_without_a_checksum_is_not_believed(hub, tmp_path):
    """Nothing is fetched."""
    hub.sha256 = None

    with pytest.raises(PullFailed, match="does not say"):
        pull(WANTED, tmp_path)

    assert hub.ranges == []


def test_a_full_disk_is_told_before_anything_is_fetched(hub, tmp_path, monkeypatch):
    """How much there is, how much is needed, and what to do."""
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(hub_module.shutil, "disk_usage", lambda _: usage._replace(free=len(CONTENT)))

    with pytest.raises(PullFailed, match=r"3 MB left, and 70 MB are needed.*PRAGMATIST_MODELS"):
        pull(WANTED, tmp_path)

    assert hub.ranges == []


def test_a_disk_that_fills_up_meanwhile_costs_nothing_that_came(hub, tmp_path):
    """Simulated by a limit on the size of files; what came before is gone on with."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        with pytest.raises(PullFailed, match=r"disk of .* is full.*is kept"):
            pull(WANTED, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    hub.ranges.clear()

    assert pull(WANTED, tmp_path).path.read_bytes() == CONTENT
    assert hub.ranges == ["bytes=1048576-"]


def test_what_the_hub_refuses_is_told(hub, tmp_path):
    """With its status, and how to do without it."""
    hub.status = 404

    with pytest.raises(PullFailed, match=r"status 404.*on another machine"):
        pull(WANTED, tmp_path)


def test_without_a_connection_it_says_what_to_do(hub, tmp_path, monkeypatch):
    """At once, and again where the user has forbidden to ask."""
    from huggingface_hub import constants

    hub.__exit__()
    with pytest.raises(PullFailed, match=r"cannot be reached.*HF_ENDPOINT.*on another machine"):
        pull(WANTED, tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(PullFailed, match="HF_HUB_OFFLINE"):
        pull(WANTED, tmp_path)


def test_nothing_is_sent_but_what_it_takes(hub, tmp_path, monkeypatch):
    """No credentials, even where the user has some for this hub; nothing about the machine; no other request."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")

    pull(WANTED, tmp_path)

    paths = [path for path, _ in hub.requests]
    assert paths == [f"/{WANTED.repository}/resolve/main/{WANTED.file}", f"/content/{WANTED.repository}/{WANTED.file}"]
    for _, headers in hub.requests:
        assert "authorization" not in {name.lower() for name in headers}
        assert "torch" not in str(headers)


def test_a_killed_pull_is_taken_up(hub, tmp_path):
    """Its lock goes with it, and what it wrote stays."""
    program = (
        "import os, signal, sys\n"
        "from huggingface_hub import constants\n"
        "from pathlib import Path\n"
        "from pragmatist.reasoning.models.catalogue import HubFile\n"
        "from pragmatist.reasoning.models.hub import pull\n"
        f"constants.DOWNLOAD_CHUNK_SIZE = {CHUNK}\n"
        f"pull(HubFile(*{(WANTED.repository, WANTED.file)!r}), Path(sys.argv[1]),\n"
        "     lambda done, total: os.kill(os.getpid(), signal.SIGKILL) if done > 1_000_000 else None)\n"
    )
    environment = {**os.environ, "HF_ENDPOINT": hub.url}
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=environment, check=False)

    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / WANTED.file).exists()
    assert pull(WANTED, tmp_path).path.read_bytes() == CONTENT
    assert hub.ranges == [None, "bytes=1000000-"]


def test_two_pulls_of_a_file_do_not_mix(hub, tmp_path):
    """The second is told to wait for the first."""
    import filelock

    part = tmp_path / f".{WANTED.file}.{hub.sha256[:16]}.part"
    with filelock.FileLock(f"{part}.lock"):
        started = time.monotonic()
        with pytest.raises(PullFailed, match="another pull"):
            pull(WANTED, tmp_path)
    assert time.monotonic() - started < 30
