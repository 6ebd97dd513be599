"""The set-up scripts behind `make demo` and `make test`: what they do on machines that lack something."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[2] / "setup"
APT_PACKAGES = ["g++", "clang-19", "lld-19", "llvm-19", "bubblewrap"]  # those looked for on the PATH


class Machine:
    """A PATH of its own that holds a shell, what scripts are made of, and what a test adds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "apt.log"
        self.path = folder / "bin"
        self.path.mkdir()
        for name in ("sh", "cat", "chmod", "env", "touch"):
            found = shutil.which(name)
            assert found is not None
            (self.path / name).symlink_to(found)

    def add(self, name: str, script: str) -> None:
        """Put a program on the PATH."""
        program = self.path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def run(self, script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one of the set-up scripts here, with no input."""
        return subprocess.run(
            ["sh", SETUP / script, *arguments],
            env={"PATH": str(self.path), "HOME": str(self.folder), "PYTHON": sys.executable, **variables},
            cwd=self.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with nothing but a shell and the Python that runs the tests; nobody is root on it."""
    machine = Machine(tmp_path)
    machine.add("id", "echo 1000")
    return machine


def test_missing_packages_are_named_with_their_purpose(machine: Machine):
    """Without apt the set-up goes on, and says which package is missing, what for, and how to have it."""
    run = machine.run("system.sh", str(machine.log))

    assert run.returncode == 0
    for package in APT_PACKAGES:
        assert f"    {package}: " in run.stderr
    assert "sudo apt-get install" in run.stderr
    assert "neovim" not in run.stderr


def test_the_tests_want_an_editor(machine: Machine):
    """With --tests, what only the tests need is looked for as well."""
    assert "    neovim: " in machine.run("system.sh", "--tests", str(machine.log)).stderr


def test_root_installs_what_is_missing_and_removes_nothing(machine: Machine):
    """As root, apt refreshes its lists, installs exactly what is missing, and may not remove what is there."""
    machine.add("id", "echo 0")
    machine.add("ld.lld-19", "")
    machine.add("apt-get", 'echo "$@" >>calls')
    run = machine.run("system.sh", str(machine.log))
    update, install = (machine.folder / "calls").read_text().splitlines()

    assert run.returncode == 0
    assert " update" in update
    assert "--no-remove" in install.split()
    assert [package in install.split() for package in APT_PACKAGES] == [True, True, False, True, True]


def test_one_package_that_apt_refuses_does_not_keep_the_others_out(machine: Machine):
    """When apt will not install all at once, each package is tried, and what stays missing is named."""
    machine.add("id", "echo 0")
    machine.add(
        "apt-get",
        """
        case "$*" in
        *lld-19*llvm-19*) exit 100 ;;
        *" g++") printf '#!/bin/sh\n' >bin/g++; chmod +x bin/g++ ;;
        *" llvm-19") exit 100 ;;
        esac
        for last in "$@"; do :; done
        echo "$last" >>calls
        """,
    )
    run = machine.run("system.sh", str(machine.log))
    calls = (machine.folder / "calls").read_text().split()

    assert run.returncode == 0
    assert [package in calls for package in APT_PACKAGES] == [True, True, True, False, True]
    assert "    g++: " not in run.stderr
    assert "    llvm-19: " in run.stderr


@pytest.mark.parametrize("reason", ["no sudo", "sudo asks for a password", "the user said no"])
def test_apt_is_left_alone(machine: Machine, reason: str):
    """Without the right to, or against the user's word, apt is not run at all."""
    machine.add("apt-get", "touch called")
    if reason == "sudo asks for a password":
        machine.add("sudo", "exit 1")
    if reason == "the user said no":
        machine.add("id", "echo 0")
    run = machine.run("system.sh", str(machine.log), PRAGMATIST_NO_APT="1" if reason == "the user said no" else "")

    assert run.returncode == 0
    assert not (machine.folder / "called").exists()
    assert "    clang-19: " in run.stderr


def test_no_python(machine: Machine):
    """Without a Python that is new enough, the message says which is needed and how to name one."""
    run = machine.run("venv.sh", "environment", PYTHON="")

    assert run.returncode == 1
    assert "Python 3.11 or newer" in run.stderr
    assert "make PYTHON=" in run.stderr


def test_no_way_to_make_an_environment(machine: Machine):
    """With neither ensurepip nor any pip, the message names the package that has it."""
    machine.add("python-without-pip", 'case "$*" in --version) echo Python 3.11.2;; *) exit 1;; esac')
    run = machine.run("venv.sh", "environment", PYTHON="python-without-pip")

    assert run.returncode == 1
    assert "sudo apt-get install python3-venv" in run.stderr


def test_an_environment_that_works_is_kept(machine: Machine):
    """The environment at hand is not made again when its Python and pip are new enough."""
    environment = Path(sys.prefix)
    if sys.prefix == sys.base_prefix:
        pytest.skip("the tests do not run in a virtual environment")
    before = os.stat(environment / "pyvenv.cfg").st_mtime_ns
    run = machine.run("venv.sh", str(environment))

    assert (run.returncode, run.stderr) == (0, "")
    assert os.stat(environment / "pyvenv.cfg").st_mtime_ns == before
