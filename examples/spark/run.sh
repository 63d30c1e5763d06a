#!/usr/bin/env bash
# Runs the example: run.sh BISECTSTAT FOLDER-OF-LOGS [FOLDER-TO-WORK-IN]
# PySpark is installed once, into a folder of its own. Exit code 77: Java or Python is missing.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
binary="$(realpath "${1:?the bisectstat program}")"
logs="$(realpath "${2:?a folder of logs}")"
work="${3:-$(mktemp -d)}"

command -v java >/dev/null || { echo "skipped: there is no Java" >&2; exit 77; }
venv="${XDG_CACHE_HOME:-$HOME/.cache}/bisectstat-spark"
if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
    python3 -m venv --clear "$venv" 2>/dev/null || { echo "skipped: python3 has no venv" >&2; exit 77; }
    "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt" ||
        { echo "skipped: PySpark cannot be installed" >&2; exit 77; }
    cp "$here/requirements.txt" "$venv/installed.txt"
fi

export PYSPARK_PYTHON="$venv/bin/python" SPARK_LOCAL_IP=127.0.0.1
exec "$venv/bin/python" "$here/archive.py" "$logs" "$work" --binary "$binary"
