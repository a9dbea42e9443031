#!/bin/sh
# Make the virtual environment .venv with the Python "$1", by whichever way this machine has.
# Prints nothing if it is there or was made; else one line that says what to run, and leaves no half-made .venv.

python=$1
unset PYTHONHOME PYTHONPATH

if [ -e .venv ]; then
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null 2>&1 ||
        echo "the .venv here has no working Python with pip; remove it: make clean"
    exit
fi

version=$("$python" -c 'import platform; print(platform.python_version())' 2>/dev/null)
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "Glassgrad needs Python 3.11 or newer, but $python is ${version:-not there}; name one: make PYTHON=/path/to/python3.11"
    exit
}

real=$("$python" -c 'import sys; print(sys.executable)')  # uv and virtualenv read "python3" as a wish, not as a path
made=
trap '[ "$made" ] || rm -rf .venv' EXIT
trap 'exit 1' HUP INT TERM

try() {
    [ "$made" ] && return
    "$@" .venv && .venv/bin/python -m pip --version && made=yes || rm -rf .venv
}
without_pip() {
    "$real" -m venv --without-pip "$1" && "$real" -m pip --python "$1/bin/python" install pip
}
{
    try "$real" -m venv
    try uv venv --seed --python "$real"
    try "$real" -m virtualenv
    try virtualenv --python "$real"
    try without_pip
} </dev/null >/dev/null 2>&1

[ "$made" ] || echo "$python $version cannot make a virtual environment; run: apt install python3-venv (elsewhere: install uv or virtualenv)"
