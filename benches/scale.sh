#!/usr/bin/env bash
# Reading against a text search, one thread against two, and how time and memory grow: benches/scale.sh [FOLDER [LOGS…]]
# FOLDER holds logs (default: the five in data/, 200 times); LOGS are the sizes of simulated archives.
set -euo pipefail
cd "$(dirname "$0")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cargo build --release --quiet
target="${CARGO_TARGET_DIR:-target}"
program="$(realpath "$target")/release/bisectstat"

folder="${1:-}"
if [ -z "$folder" ]; then
    folder="$work/logs"
    mkdir "$folder"
    for i in $(seq 200); do
        for log in data/*.txt; do cp "$log" "$folder/$i-$(basename "$log")"; done
    done
fi
shift || true
bytes="$(find -L "$folder" -type f -print0 | du -cbL --files0-from=- | tail -1 | cut -f1)"

# The fastest of five, in seconds.
fastest() {
    for _ in 1 2 3 4 5; do
        local from to
        from="$(date +%s.%N)"
        "$@" >/dev/null || true
        to="$(date +%s.%N)"
        echo "$to - $from" | bc
    done | sort -g | head -1
}
search='^(run #|all runs:|testing commit|# git bisect)'
tell() { awk -v step="$1" -v s="$2" -v b="$bytes" 'BEGIN { printf "%s,1,%.4f,%.0f\n", step, s, b / 1e6 / s }'; }

cargo bench --quiet --bench reading -- "$folder" | tee "$work/reading.csv"
tell "grep -rcE" "$(fastest grep -rcE "$search" "$folder")" | tee "$work/grep.csv"
if command -v rg >/dev/null; then
    tell "rg -c" "$(fastest rg -c -j1 "$search" "$folder")" | tee -a "$work/grep.csv"
fi
echo
awk -F, '
    FNR == NR { search[$1] = $3; next }
    $1 == "evidence and frames" { frames[$2] = $3 }
    $1 == "analysis" { analysis[$2] = $3 }
    END {
        for (step in search) printf "reading takes %.2f times as long as %s\n", frames[1] / search[step], step
        printf "two threads read %.2f times as fast as one\n", frames[1] / frames[2]
        printf "the analysis takes %.1f times as long as reading (two threads)\n", analysis[2] / frames[2]
    }' "$work/grep.csv" "$work/reading.csv"

# GNU time tells the peak memory.
for logs in "$@"; do
    "$program" simulate --world mixed --count "$logs" -o "$work/$logs" --seed 1 >/dev/null
    command time -f "$logs logs: %e s, %M kB at most" "$program" analyze "$work/$logs" -o "$work/frames-$logs" >/dev/null
done
