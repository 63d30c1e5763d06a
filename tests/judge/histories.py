"""Histories of tests in a CI, with known truth, against what `bisectstat history` says of them.

    tests/judge/histories.py --program target/release/bisectstat --seeds 1 2 3 --tests 100

Half of the tests never fail. The others fail at rates that change up to five times, at commits drawn uniformly; a rate is never,
always, or a power of a uniform draw. A commit has nought to eight runs of a test, and in one archive of three many more. Once
or twice in an archive everything fails at one commit, in a share of its runs. Nothing of this is what the model assumes: it
has no hazard, no grid of rates, and no idea of outages.

Beside the program stand two rules: the test is "worse" where its failures in the last `w` commits exceed those in the `w` before
by a fixed threshold, and optimal partitioning with a binomial cost (as PELT finds it; Killick et al. 2012) under the usual penalty
`3 ln n`. `--others` adds Apache Otava (its defaults) and PELT of ruptures (`l2` on the share of failures, penalty by the
usual rule), which must be installed (`pip install apache-otava ruptures`).
"""

import argparse
import csv
import json
import math
import os
import random
import subprocess
import tempfile


def rate(dice):
    kind = dice.random()
    if kind < 0.3:
        return 0.0
    if kind < 0.45:
        return 1.0
    return min(0.97, max(0.02, dice.random() ** dice.choice([1, 1, 2])))


def history(dice, n):
    """The rate at each commit, and the true changes: (first commit since, rises)."""
    if dice.random() < 0.5:
        return [0.0] * n, []
    changes = dice.choice([0, 1, 1, 1, 2, 2, 3, 4, 5])
    places = sorted(dice.sample(range(4, n - 3), changes))
    places = [p for i, p in enumerate(places) if i == 0 or p - places[i - 1] >= 4]
    rates = [rate(dice)]
    for _ in places:
        while True:
            new = rate(dice)
            if abs(new - rates[-1]) >= 0.1:
                break
        rates.append(new)
    line, at = [], 0
    for i in range(n):
        if at < len(places) and i == places[at]:
            at += 1
        line.append(rates[at])
    return line, [(p, rates[i + 1] > rates[i]) for i, p in enumerate(places)]


def archive(seed, tests):
    dice = random.Random(seed)
    n = dice.choice([40, 80, 150, 300])
    many = dice.random() < 1 / 3
    runs = [dice.choice([0, 1, 1, 2, 3, 3, 5, 8]) * (dice.choice([1, 5, 20]) if many else 1) for _ in range(n)]
    outages = {dice.randrange(n): dice.choice([0.3, 0.6, 1.0]) for _ in range(dice.choice([0, 1, 2]))}
    made = []
    for i in range(tests):
        line, changes = history(dice, n)
        counts = []
        for commit in range(n):
            runs_here = runs[commit] if dice.random() < 0.97 else 0
            fails = sum(dice.random() < line[commit] for _ in range(runs_here))
            if commit in outages:
                fails += sum(dice.random() < outages[commit] for _ in range(runs_here - fails))
            counts.append((fails, runs_here))
        made.append({"name": f"suite.test_{i:04}", "rates": line, "changes": changes, "counts": counts})
    return n, made


def write(path, n, made):
    with open(path, "w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["test", "commit", "order", "failures", "runs"])
        for test in made:
            for commit, (fails, runs) in enumerate(test["counts"]):
                if runs:
                    table.writerow([test["name"], f"{commit:08x}abcd", commit, fails, runs])


def by_program(program, path):
    text = subprocess.run([program, "history", path, "--format", "json"], capture_output=True, text=True, check=True).stdout
    found = json.loads(text)
    place = {name: i for i, name in enumerate(found["revisions"])}
    real = [int(name[:8], 16) for name in found["revisions"]]
    said = {}
    for test in found["tests"]:
        changes = [
            {
                "at": real[place[c["upto"]]],
                "worse": c["worse"],
                # A commit without runs lies between two that have some: all of them are in the range.
                "low": real[place[c["low"]]] + 1,
                "high": real[place[c["high"]]],
            }
            for c in test["changes"]
        ]
        said[test["test"]] = {"changes": changes, "p_flaky": test["now"]["p_flaky"]}
    return said


def by_threshold(counts, window=5, step=0.3):
    changes, at = [], window
    while at < len(counts):
        before, after = counts[max(0, at - window) : at], counts[at : at + window]
        share = lambda part: sum(f for f, _ in part) / max(1, sum(r for _, r in part))
        if abs(share(after) - share(before)) >= step:
            changes.append({"at": at, "worse": share(after) > share(before)})
            at += window
        else:
            at += 1
    return changes


def by_partition(counts):
    """The segmentation that costs least, each segment at its best rate."""
    n = len(counts)
    fails, runs = [0], [0]
    for f, r in counts:
        fails.append(fails[-1] + f)
        runs.append(runs[-1] + r)

    def cost(a, b):
        k, r = fails[b] - fails[a], runs[b] - runs[a]
        if k in (0, r):
            return 0.0
        return -2 * (k * math.log(k / r) + (r - k) * math.log(1 - k / r))

    penalty = 3 * math.log(max(2, sum(r > 0 for _, r in counts)))
    best, last = [-penalty] + [math.inf] * n, [0] * (n + 1)
    for b in range(1, n + 1):
        for a in range(b):
            value = best[a] + cost(a, b) + penalty
            if value < best[b]:
                best[b], last[b] = value, a
    places, b = [], n
    while b > 0:
        if last[b] > 0:
            places.append(last[b])
        b = last[b]
    ends = [0, *sorted(places), n]
    share = lambda a, b: (fails[b] - fails[a]) / max(1, runs[b] - runs[a])
    return [
        {"at": ends[i], "worse": share(ends[i], ends[i + 1]) > share(ends[i - 1], ends[i])} for i in range(1, len(ends) - 1)
    ]


def shares(counts):
    """The share of failures at each commit with runs, and which commits these are."""
    run = [(at, f / r) for at, (f, r) in enumerate(counts) if r]
    return [at for at, _ in run], [share for _, share in run]


def turned(places, at, line):
    """Changes between pieces of a line of shares, by their means."""
    ends = [0, *places, len(line)]
    mean = lambda a, b: sum(line[a:b]) / max(1, b - a)
    return [
        {"at": at[ends[i]], "worse": mean(ends[i], ends[i + 1]) > mean(ends[i - 1], ends[i])} for i in range(1, len(ends) - 1)
    ]


def by_otava(counts):
    from otava.analysis import compute_change_points

    at, line = shares(counts)
    found, _ = compute_change_points(line)
    return turned(sorted(point.index for point in found), at, line)


def by_ruptures(counts):
    import numpy
    import ruptures

    at, line = shares(counts)
    if len(line) < 4:
        return []
    signal = numpy.array(line)
    steps = numpy.diff(signal)
    noise = max(1e-3, float(numpy.median(steps[steps != 0] ** 2)) / 2 if (steps != 0).any() else 1e-3)
    found = ruptures.Pelt(model="l2", min_size=2, jump=1).fit(signal).predict(pen=3 * noise * math.log(len(line)))
    return turned(found[:-1], at, line)


def matched(true, said, reach):
    """Pairs of a true change and one that was said, each used once, nearest first."""
    pairs = sorted(
        (abs(t[0] - s["at"]), i, j)
        for i, t in enumerate(true)
        for j, s in enumerate(said)
        if t[1] == s["worse"] and abs(t[0] - s["at"]) <= reach
    )
    used, taken, found = set(), set(), []
    for _, i, j in pairs:
        if i not in used and j not in taken:
            used.add(i)
            taken.add(j)
            found.append((true[i], said[j]))
    return found


class Score:
    def __init__(self):
        self.true = self.said = self.hit = self.inside = self.near = 0

    def add(self, true, said):
        self.true += len(true)
        self.said += len(said)
        self.hit += len(matched(true, said, 2))
        for t, s in matched(true, said, 30):
            if "low" in s:
                self.near += 1
                self.inside += s["low"] <= t[0] <= s["high"]

    def row(self, name):
        share = lambda a, b: f"{a / b:.3f}" if b else "-"
        return f"| {name} | {self.true} | {self.said} | {share(self.hit, self.said)} | {share(self.hit, self.true)} | {share(self.inside, self.near)} |"


def calibration(pairs):
    bins = [[] for _ in range(10)]
    for p, y in pairs:
        bins[min(9, int(p * 10))].append((p, y))
    return sum(abs(sum(p for p, _ in b) - sum(y for _, y in b)) for b in bins) / len(pairs)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", required=True)
    arguments.add_argument("--seeds", type=int, nargs="+", default=[1])
    arguments.add_argument("--tests", type=int, default=100)
    arguments.add_argument("--others", action="store_true")
    asked = arguments.parse_args()
    rules = {"fixed threshold": by_threshold, "optimal partition": by_partition}
    if asked.others:
        rules |= {"Apache Otava": by_otava, "ruptures, PELT": by_ruptures}
    scores = {name: Score() for name in ("bisectstat history", *rules)}
    flaky = []
    for seed in asked.seeds:
        n, made = archive(seed, asked.tests)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "runs.csv")
            write(path, n, made)
            said = by_program(asked.program, path)
        for test in made:
            if not sum(r for _, r in test["counts"]):
                continue
            true = test["changes"]
            scores["bisectstat history"].add(true, said[test["name"]]["changes"])
            for name, rule in rules.items():
                scores[name].add(true, rule(test["counts"]))
            flaky.append((said[test["name"]]["p_flaky"], 0 < test["rates"][-1] < 1))
    print(f"{len(asked.seeds)} archives, {len(flaky)} tests")
    print("| rule | true changes | said | precision | recall | true place in the 95 % range |")
    print("|---|---|---|---|---|---|")
    for name, score in scores.items():
        print(score.row(name))
    print(f"calibration error of P(flaky now): {calibration(flaky):.3f} over {len(flaky)} tests")


if __name__ == "__main__":
    main()
