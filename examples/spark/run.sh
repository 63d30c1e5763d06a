#!/usr/bin/env bash
# Runs an example: run.sh BISECTSTAT INPUT [FOLDER-TO-WORK-IN]
# A folder of logs goes through archive.py, the table of a CI's history through histories.py.
# PySpark is installed once, into a folder of its own. Exit code 77: Java or Python is missing.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
binary="$(realpath "${1:?the bisectstat program}")"
input="$(realpath "${2:?a folder of logs, or a table}")"
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
example=archive.py
[ -d "$input" ] || example=histories.py
exec "$venv/bin/python" "$here/$example" "$input" "$work" --binary "$binary"
