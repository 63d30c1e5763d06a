#!/usr/bin/env bash
# Executes the notebooks and compares what they show with what is committed: run.sh [--update] [BISECTSTAT]
# Exit code 0: the same. 1: a figure has changed. 2: it could not be run. 77: skipped, there is no Python or no PyPI.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"

skip() { echo "skipped: $1" >&2; exit 77; }
update=()
if [ "${1:-}" = --update ]; then update=(--update); shift; fi
if [ -n "${1:-}" ]; then export BISECTSTAT="$(realpath "$1")"; fi
command -v python3 >/dev/null || skip "there is no python3"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || skip "python3 is older than 3.11, which the packages need"

# Packages are installed once for each list of them, outside of the clone.
key="$(cat "$here/requirements.txt" <(python3 -V) | cksum | cut -d' ' -f1)"
venv="${XDG_CACHE_HOME:-$HOME/.cache}/bisectstat-notebooks/$key"
if [ ! -e "$venv/complete" ]; then
    python3 -m venv --clear "$venv" 2>/dev/null || skip "python3 has no venv"
    if ! "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"; then
        "$venv/bin/pip" install --quiet --dry-run --ignore-installed --no-deps nbformat >/dev/null 2>&1 ||
            skip "PyPI cannot be reached"
        echo "PyPI is there, but not what requirements.txt asks for" >&2
        exit 2
    fi
    touch "$venv/complete"
fi

# What is committed comes from what is in the project, whatever archive a reader has.
unset BISECTSTAT_ARCHIVE BISECTSTAT_LABELS
export PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0
cd "$here"
"$venv/bin/python" run.py "${update[@]}"
"$venv/bin/python" -m unittest --quiet test_run
