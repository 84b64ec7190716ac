#!/bin/sh
# Take this machine, however bare, to passed tests:
#
#     sh packaging/test.sh [PYTEST ARGUMENTS ...]
#
# Style, layers, types and tests, each step named; the last line says how it went. With arguments, the tests
# alone are run, as pytest is told: sh packaging/test.sh tests/hippo -k legs
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/packaging/setup.sh"

need_system Xvfb=xvfb xauth=xauth xdotool=xdotool openbox=openbox pulseaudio=pulseaudio
need_venv train,onnx,sweep,baselines,biosignals,streams,video,test
cd "$root"

# Several processes share the cores, so each keeps to one thread; nothing here needs a display of its own.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}"

step() {
    name=$1
    shift
    say "== $name"
    "$@" || failed="$failed${failed:+, }$name"
}

# Where a process that crashed was at, it says on standard error, amid thousands of dots: shown last, also where
# Ctrl-C ends the tests.
tests() {
    errors=$(mktemp)
    trap 'cat "$errors" >&2; rm -f "$errors"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    status=0
    "$venv/bin/python" -m pytest -n 2 2>"$errors" || status=$?
    trap - EXIT HUP INT TERM
    cat "$errors" >&2
    rm -f "$errors"
    return "$status"
}

failed=
if [ $# -eq 0 ]; then
    step 'style' "$venv/bin/python" -m ruff check .
    step 'format' "$venv/bin/python" -m ruff format --check .
    step 'layers' "$venv/bin/lint-imports"
    step 'types' "$venv/bin/python" -m mypy
    step 'tests' tests
else
    step 'tests' "$venv/bin/python" -m pytest "$@"
fi

if [ -n "$failed" ]; then
    say "FAILED: $failed"
    exit 1
fi
say "PASSED"
