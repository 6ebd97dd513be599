#!/bin/sh
# Looks for the programs that Pragmatist's checks run, and installs those that are missing with apt where it may:
# apt-get is there, and we are root or sudo asks no password. Otherwise it names them. It never fails, because
# Pragmatist works with what it finds and says what it could not check.
#
#     PYTHON=python3 setup/system.sh [--tests | --vscode] LOG
#
# --tests adds what only the test suite needs, --vscode what the tests in VS Code do. PRAGMATIST_NO_APT=1 installs nothing.
set -u

tests=no vscode=no
case ${1-} in
    --tests) tests=yes; shift ;;
    --vscode) vscode=yes; shift ;;
esac
log=$1
llvm=/usr/lib/llvm-19/lib

has() { command -v "$1" >/dev/null 2>&1; }
exists() { [ -e "$1" ]; }
can_make_venv() { "$PYTHON" -c 'import ensurepip' 2>/dev/null; }
venv_package() { "$PYTHON" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'; }

# need PACKAGE PURPOSE TEST...: notes the package unless the test holds.
need() {
    package=$1 purpose=$2
    shift 2
    "$@" && return
    packages="$packages $package"
    purposes="$purposes
    $package: $purpose"
}

look() {
    packages='' purposes=''
    if [ -n "$PYTHON" ]; then need "$(venv_package)" "the virtual environment" can_make_venv; fi
    need g++ "C++ with gcc" has g++
    need clang-19 "C and C++ with clang; its sanitizers check for races and memory errors" has clang-19
    need libclang-rt-19-dev "the runtimes of clang's sanitizers" exists "$llvm"/clang/19/lib/linux/libclang_rt.tsan-*.a
    need libomp-19-dev "OpenMP for clang, and Archer, which explains OpenMP to ThreadSanitizer" exists $llvm/libarcher.so
    need lld-19 "faster links" has ld.lld-19
    need llvm-19 "source lines in the sanitizers' reports" has llvm-symbolizer-19
    need bubblewrap "the sandbox that everything we compile or run is kept in" has bwrap
    if [ $tests = yes ]; then need neovim "the end-to-end tests in a real editor" has nvim; fi
    if [ $vscode = yes ]; then need chromium "the browser that shows VS Code to its tests" has chromium; fi
}

# How apt-get may be run, in $as; false where it may not.
may_install() {
    [ -z "${PRAGMATIST_NO_APT-}" ] && has apt-get || return 1
    as=''
    [ "$(id -u)" = 0 ] && return 0
    as='sudo -n'
    has sudo && sudo -n true 2>/dev/null </dev/null
}

# --no-remove: a package of the user's that conflicts with one of ours stays; ours is then named as missing.
apt() {
    $as env DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends --no-remove \
        -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=60 "$@" >>"$log" 2>&1 </dev/null
}

install_missing() {
    echo "setup: installing$packages with apt (log: $log)" >&2
    : >"$log"
    apt update || echo "setup: apt-get update failed; trying with the lists that are here" >&2
    # shellcheck disable=SC2086 # a list of words
    apt install $packages && return
    for package in $packages; do apt install "$package"; done
}

look
if [ -n "$packages" ] && may_install; then
    install_missing
    look
fi
if [ -n "$packages" ]; then
    echo "setup: going on without these Debian packages, and without what they are for:$purposes" >&2
    echo "setup: to have them: sudo apt-get install$packages" >&2
fi
exit 0
