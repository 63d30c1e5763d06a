#!/usr/bin/env bash
# Fits who is to blame, writes src/model/blame.json and the tables of docs/gate.md and docs/rules.md, and prints every figure that
# the pages quote. Fails when the fit does not hold to its guard. Usage: docs/blame.sh STUDY [JUDGED], from the project's folder. Each is a folder with labels.csv and
# logs.tar.gz; those of JUDGED are only judged. Needs python3.
set -euo pipefail
study="$1"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
here="$(dirname "$0")"

profile="${PROFILE:-release}"
program="${CARGO_TARGET_DIR:-target}/${profile/#dev/debug}/bisectstat"
cargo build --profile "$profile" --quiet
"$program" fit --truth "$study/labels.csv" "$study/logs.tar.gz" -o src/model/blame.json
"$program" fit --truth "$study/labels.csv" "$study/logs.tar.gz" --format json > "$work/fit.json"
# With the new weights.
cargo build --profile "$profile" --quiet

figures() { # FOLDER [FIT.json]
    "$program" analyze "$1/logs.tar.gz" --titles "$1/labels.csv" --format ndjson > "$work/analyses.ndjson"
    "$program" calibrate --truth "$1/labels.csv" "$1/logs.tar.gz" --format json > "$work/calibration.json"
    tar -xzf "$1/logs.tar.gz" -C "$work"
    python3 "$here/blame_figures.py" "$work/analyses.ndjson" "$work" "$1/labels.csv" "$work/calibration.json" "${@:2}"
}
printf '\n# With the shipped weights, the bisections that they were fitted on: it flatters\n'
figures "$study" "$work/fit.json"
if [ "$#" -gt 1 ]; then
    printf '\n# Bisections that nobody fitted on\n'
    figures "$2"
fi
printf '\n# The logs in data/\n'
"$program" analyze data --format ndjson | python3 -c '
import json, sys
for line in sys.stdin:
    analysis = json.loads(line)
    print(analysis["path"], "p_right", round(analysis["p_right"], 3), "p_named", round(analysis["p_named"], 3))'
python3 -c '
import json, sys
broken = json.load(open(sys.argv[1]))["guard"]["broken"]
sys.exit("the guard does not hold: " + ", ".join(broken) if broken else 0)' "$work/fit.json"
