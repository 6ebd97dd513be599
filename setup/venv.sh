#!/bin/sh
# Makes a virtual environment with a pip that knows dependency groups (25.1); keeps one that is there and works.
#
#     PYTHON=python3 setup/venv.sh DIRECTORY
set -eu

venv=$1

works() { "$venv/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Debian splits ensurepip off; where python3-venv could not be installed, another pip can still fill the environment.
make_without_ensurepip() {
    if "$PYTHON" -m pip --version >/dev/null 2>&1; then
        "$PYTHON" -m venv --clear --without-pip "$venv" && "$PYTHON" -m pip --python "$venv/bin/python" install -q pip
    elif command -v uv >/dev/null 2>&1; then
        uv venv -q --clear --seed --python "$PYTHON" "$venv"
    elif command -v virtualenv >/dev/null 2>&1; then
        virtualenv -q --clear --python "$PYTHON" "$venv"
    else
        return 1
    fi
}

if [ -z "${PYTHON-}" ]; then
    echo "setup: Python 3.11 or newer is needed and none was found. Install it, or name one: make PYTHON=/path/to/python3 …" >&2
    exit 1
fi
if ! works; then
    echo "setup: making the virtual environment $venv with $("$PYTHON" --version)" >&2
    if "$PYTHON" -c 'import ensurepip' 2>/dev/null; then
        "$PYTHON" -m venv --clear "$venv"
    elif ! make_without_ensurepip; then
        echo "setup: $PYTHON cannot make virtual environments: it has neither ensurepip nor pip. On Debian and Ubuntu:" >&2
        echo "setup:     sudo apt-get install python3-venv" >&2
        exit 1
    fi
fi
"$venv/bin/python" -m pip install -q --disable-pip-version-check "pip>=25.1"
