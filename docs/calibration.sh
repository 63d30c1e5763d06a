#!/usr/bin/env bash
# Makes the tables of calibration.md: simulated worlds, judged with the default assumptions, with a prior fitted on other
# bisections of the same world, and with one that was told how the world draws its rates. Usage: docs/calibration.sh [COUNT], from the project's folder; needs python3.
set -euo pipefail
count="${1:-1000}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cargo build --release --quiet
program="${CARGO_TARGET_DIR:-target}/release/bisectstat"

row() { # WORLD JSON
    python3 - "$@" <<'PYTHON'
import json, sys
world, path = sys.argv[1:]
result = json.load(open(path))
scores = {p["name"]: p["scores"] for p in result["probabilities"]}["p_named"]
sets = result["credible_sets"]
print(f"| {world} | {scores['right']['share']:.2f} | {scores['mean']:.2f} | {scores['ece']['value']:.3f} | {scores['ece_by_chance']:.3f} "
      f"| {scores['brier']['value']:.3f} | {scores['brier_of_base_rate']:.3f} "
      f"| {sets['covered']['share']:.3f} | {sets['commits']['median']:.0f} | {sets['commits']['mean']:.0f} | {sets['commits']['unbounded']} |")
PYTHON
}

header() {
    echo
    echo "| world | right | stated | ECE | ECE by chance | Brier | Brier of the base rate | coverage of 95 % sets | commits in a set: median | mean | open sets |"
    echo "|---|---|---|---|---|---|---|---|---|---|---|"
}

worlds="constant uneven flaky trend burst noisy rename voided background wrong-verdicts"
for world in $worlds; do
    "$program" simulate --world "$world" --count "$count" --seed 23 -o "$work/$world/learned"
    "$program" simulate --world "$world" --count "$count" --seed 13 -o "$work/$world/judged"
done
echo "Default assumptions:"
header
for world in $worlds; do
    judged="$work/$world/judged"
    "$program" calibrate --truth "$judged/truth.csv" --bootstrap 0 --format json "$judged" > "$work/$world.json"
    row "$world" "$work/$world.json"
done
echo
echo "With a prior fitted on other bisections of the same world:"
header
for world in $worlds; do
    judged="$work/$world/judged"
    "$program" fit "$work/$world/learned" -o "$work/$world/prior.json" > /dev/null
    "$program" calibrate --truth "$judged/truth.csv" --bootstrap 0 --format json --prior "$work/$world/prior.json" \
        "$judged" > "$work/$world.json"
    row "$world" "$work/$world.json"
done
echo
echo "With a prior that was told how the world draws its rates:"
header
for world in constant uneven flaky burst; do
    judged="$work/$world/judged"
    python3 docs/told_prior.py "$world" "$work/$world/prior.json" > "$work/$world/told.json"
    "$program" calibrate --truth "$judged/truth.csv" --bootstrap 0 --format json --prior "$work/$world/told.json" \
        "$judged" > "$work/$world.json"
    row "$world" "$work/$world.json"
done
