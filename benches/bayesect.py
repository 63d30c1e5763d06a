#!/usr/bin/env python3
"""git_bayesect (PyPI) on the searches of `bisectstat plans`, and what one step of it costs.

    pip install git_bayesect
    bisectstat plans --plan git --trials 100 --seed 2 --format json | benches/bayesect.py -

Reads the cells and their trials, plays the same tape of outcomes, and prints a Markdown table with the columns of
`bisectstat plans`. `--longest N` leaves out longer lines, since a step takes time in proportion to them. `--step` instead
prints the time of a step on 1 000 000 commits with 100 tested.
"""
import argparse
import json
import math
import sys
import time

import numpy as np
from git_bayesect import Bisector

MASK = (1 << 64) - 1


def mixed(number):
    """SplitMix64."""
    z = (number + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def uniform(key, revision, run, lane):
    bits = mixed((mixed((mixed(key ^ revision) + run) & MASK) + lane) & MASK)
    return (bits >> 32) / 2**32


class Machine:
    """The tape of outcomes: `simulate::plans::Machine`."""

    def __init__(self, cell, trial):
        self.cell, self.trial, self.visited, self.runs = cell, trial, {}, 0

    def fails(self, revision):
        """Whether the next run fails, with whatever crash."""
        self.runs += 1
        made, crashes, trials = self.visited.get(revision, (0, 0, 0))
        masked, own, alike = (uniform(self.trial["key"], revision, made, lane) for lane in (0, 1, 2))
        first, last = self.trial["other"]
        failed = False
        if first <= revision <= last and masked < self.cell["other"]:
            failed = True
        elif alike < self.cell["background"]:
            failed = True
        elif revision >= self.trial["change"]:
            rates = self.cell["rates"]
            if rates["kind"] == "constant":
                chance = rates["theta"]
            else:
                chance = (rates["mu"] * rates["kappa"] + crashes) / (rates["kappa"] + trials)
            failed = own < chance
            crashes, trials = crashes + failed, trials + 1
        self.visited[revision] = (made + 1, crashes, trials)
        return failed


def play(cell, trial, target, budget):
    """One search: right, sure, runs, builds. Index 0 is the newest revision."""
    commits = cell["commits"]
    machine = Machine(cell, trial)
    bisector = Bisector(np.ones(commits))
    while True:
        distribution = bisector.distribution
        best = int(distribution.argmax())
        if distribution[best] >= target or machine.runs >= budget:
            break
        index = int(bisector.select())
        bisector.record(index, machine.fails(commits - index))
    return commits - best == trial["change"], distribution[best] >= target, machine.runs, len(machine.visited)


def limit(cell):
    rates = cell["rates"]
    theta = rates.get("theta", rates.get("mu"))
    capacity = math.log2(1 + theta * (1 - theta) ** ((1 - theta) / theta))
    entropy = -0.05 * math.log2(0.05) - 0.95 * math.log2(0.95)
    return (0.95 * math.log2(cell["commits"]) - entropy) / capacity + math.log(19) / -math.log(1 - theta)


def name(cell):
    rates = cell["rates"]
    text = f"rate {rates['theta']}" if rates["kind"] == "constant" else f"rates {rates['mu']}, kappa {rates['kappa']:g}"
    other = f", other bug {cell['other']}" if cell["other"] else ""
    other += f", background {cell['background']}" if cell["background"] else ""
    return f"{text}{other}, {cell['commits']} commits"


def table(document, longest):
    print("| | right of sure | | sure | runs | 95 % | builds | ratio |\n|---|---|---|---|---|---|---|---|")
    for cell, trials in ((entry["cell"], entry["trials"]) for entry in document["cells"]):
        if cell["commits"] > longest:
            continue
        played = [play(cell, trial, document["target"], document["budget"]) for trial in trials]
        sure = [right for right, sure, _, _ in played if sure]
        runs = sorted(runs for _, _, runs, _ in played)
        mean, builds = np.mean(runs), np.mean([builds for *_, builds in played])
        share = f"{sum(sure) / len(sure):.3f}" if sure else ""
        print(f"| {name(cell)} | {share} | {sum(sure)}/{len(sure)} | {len(sure) / len(played):.2f} | {mean:.1f} "
              f"| {runs[math.ceil(len(runs) * 0.95) - 1]} | {builds:.1f} | {mean / limit(cell):.2f} |", flush=True)


def step(commits=1_000_000, tested=100):
    random = np.random.default_rng(1)
    bisector = Bisector(np.ones(commits))
    for revision in random.integers(0, commits, tested):
        bisector.record(int(revision), bool(revision < commits // 3 and random.random() < 0.3))
    times = []
    for _ in range(10):
        start = time.perf_counter()
        index = int(bisector.select())
        bisector.record(index, bool(random.random() < 0.3))
        _ = bisector.distribution.max()
        times.append(time.perf_counter() - start)
    print(f"{commits} commits, {tested} tested: {1000 * np.median(times):.0f} ms a step (median of {len(times)})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", nargs="?", default="-", help="the JSON of `bisectstat plans`; - for standard input")
    parser.add_argument("--longest", type=int, default=2000)
    parser.add_argument("--step", action="store_true")
    options = parser.parse_args()
    if options.step:
        step()
        return
    with sys.stdin if options.input == "-" else open(options.input, encoding="utf-8") as file:
        table(json.load(file), options.longest)


if __name__ == "__main__":
    main()
