#!/usr/bin/env python3
"""Tables of counts with a known change, and how well a program finds it. README.md says what is measured."""

import argparse
import csv
import math
import random
import tempfile
from pathlib import Path

import score

WORLDS = ("change", "older", "none", "fix", "falls")
STRATA = {
    "change, no background": lambda t: t.world == "change" and t.background == 0,
    "change, background": lambda t: t.world == "change" and t.background > 0,
    "change, constant rates": lambda t: t.world == "change" and t.spread == 0,
    "change, uneven rates": lambda t: t.world == "change" and t.spread > 0,
    "change, all": lambda t: t.world == "change",
    "fix, said": lambda t: t.world == "fix",
    "fix, not said": lambda t: t.world == "falls",
    "older than the first row": lambda t: t.world == "older",
}


class Table:
    """Counts of some commits, and where the rate changes: before row `at`, 0 where it changed before the first."""

    def __init__(self, dice, world, name):
        self.world, self.name = world, name
        rows = dice.randint(6, 40)
        small = math.exp(dice.uniform(math.log(0.003), math.log(0.30)))
        self.background = dice.choices((0.0, small, dice.uniform(0.0, 0.30)), (5, 6, 9))[0]
        rate = self.background + (1 - self.background) * dice.uniform(0.25, 1.0) ** 2
        self.spread = dice.choice((0.0, dice.uniform(0.1, 0.6)))
        usual = dice.randint(5, 100)
        unequal = dice.random() < 0.5
        self.at = {"older": 0, "none": None}.get(world, dice.randint(1, rows - 1))
        if world == "none":
            rate = dice.choice((dice.uniform(0.0, 0.3), dice.random()))
        self.counts = []
        for row in range(rows):
            runs = dice.randint(5, 100) if unequal else usual
            bad = world == "none" or (row >= self.at) != (world in ("fix", "falls"))
            here = uneven(dice, rate if bad else self.background, self.spread)
            self.counts.append((sum(dice.random() < here for _ in range(runs)), runs))

    def commit(self, row):
        """A hash that says which row it is."""
        return f"{self.name:0>8}{row:032x}"

    def write(self, folder):
        """The table, in the form that people keep."""
        kind = ["kind"] if self.world == "fix" else []
        with open(folder / f"{self.name}.csv", "w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["order", "commit", "passes", "crashes", *kind])
            for row, (crashes, runs) in enumerate(self.counts):
                out.writerow([row, self.commit(row), runs - crashes, crashes, *(["fix"] if kind else [])])


def uneven(dice, rate, spread):
    """A rate of this commit alone: the log odds of the usual one, moved by a normal draw."""
    if spread == 0 or rate in (0.0, 1.0):
        return rate
    return 1 / (1 + math.exp(-(math.log(rate / (1 - rate)) + dice.gauss(0.0, spread))))


def plain(counts, points=60):
    """A change point with one unknown rate a side, the newer one higher: the posterior of each place, from 0 on."""
    grid = [(i + 0.5) / points for i in range(points)]
    logs = [(math.log(q), math.log1p(-q)) for q in grid]
    cells = [[k * hit + (n - k) * miss for hit, miss in logs] for k, n in counts]
    before = [[0.0] * points]
    for cell in cells:
        before.append([a + b for a, b in zip(before[-1], cell)])
    weights = []
    for at in range(len(counts)):
        low, high = before[at], [a - b for a, b in zip(before[-1], before[at])]
        top = max(high)
        tail, above = 0.0, [0.0] * points
        for i in reversed(range(points)):
            above[i] = tail
            tail += math.exp(high[i] - top)
        terms = [a + math.log(b) + top for a, b in zip(low, above) if b > 0]
        peak = max(terms)
        prior = 0.05 if at == 0 else 0.95 / (len(counts) - 1)
        weights.append(math.log(prior) + peak + math.log(sum(math.exp(t - peak) for t in terms) / points**2))
    peak = max(weights)
    weights = [math.exp(w - peak) for w in weights]
    return [w / sum(weights) for w in weights]


class Answer:
    """What somebody says of a table: a probability for each place, a set of 95 %, perhaps that nothing changed."""

    def __init__(self, places, credible, no_change):
        self.places, self.credible, self.no_change = places, credible, no_change

    @classmethod
    def of_program(cls, table, analysis):
        """Places are told by the row that begins them; beyond the newest is place `len(rows)`."""
        rows = {table.commit(row): row for row in range(len(table.counts))}
        at = [len(rows) if gap["upto"] is None else rows[gap["upto"]] for gap in analysis["gaps"]]
        places = {place: gap["posterior"] or 0.0 for place, gap in zip(at, analysis["gaps"])}
        chosen = analysis["credible_set"]
        credible = {at[i] for i in chosen["gaps"]} if chosen else set(places)
        return cls(places, credible, no_change(analysis))

    @classmethod
    def of_reference(cls, table):
        """The plain change point; told which way a fix goes, as it cannot ask."""
        fix = table.world in ("fix", "falls")
        found = plain([(n - k, n) for k, n in table.counts] if fix else table.counts)
        credible, mass = set(), 0.0
        for place in sorted(range(len(found)), key=lambda i: -found[i]):
            if mass < 0.95:
                credible.add(place)
                mass += found[place]
        return cls(dict(enumerate(found)), credible, None)


def no_change(analysis):
    """P(no change), where the program states one."""
    return analysis.get("p_no_change")


def figures(tables, answers):
    """The figures of one stratum, in the order of HEAD."""
    best, stated, losses = [], [], []
    for table in tables:
        answer = answers[table.name]
        place = max(answer.places, key=answer.places.get)
        best.append((answer.places[place], place == table.at))
        stated.append(answer.places.get(table.at, 0.0))
        losses.append(-math.log(max(stated[-1], score.FLOOR)))
    return [
        len(tables),
        score.mean(t for _, t in best),
        score.mean(p > 0.05 for p in stated),
        score.mean(losses),
        score.mean(p for p, _ in best),
        score.ece(best),
        score.mean(t.at in answers[t.name].credible for t in tables),
        score.mean(len(answers[t.name].credible) for t in tables),
        score.mean(a for t in tables if (a := answers[t.name].no_change) is not None),
    ]


HEAD = ["tables", "likeliest place right", "true place above 0.05", "log loss", "stated for the likeliest",
        "its calibration error", "truth in the 95 % set", "places in a set", "P(no change)"]


def unchanged(tables, answers):
    """Of tables without a change: what is said of each kind of place."""
    said = [answers[t.name] for t in tables]
    inside = [max((p for at, p in a.places.items() if 0 < at < len(t.counts)), default=0.0) for t, a in zip(tables, said)]
    stated = [a.no_change for a in said if a.no_change is not None]
    return [len(tables), score.mean(stated), score.mean(p > 0.5 for p in stated),
            score.mean(a.places.get(0, 0.0) for a in said), score.mean(inside), score.mean(p > 0.5 for p in inside),
            score.mean(p > 0.95 for p in inside)]


NO_CHANGE_HEAD = ["tables", "P(no change), mean", "above 0.5", "P(older), mean", "likeliest place inside, mean",
                  "above 0.5", "above 0.95"]


def make(seed, count):
    """The tables of one seed: `count` with a change, half as many without, a quarter of each other world."""
    dice = random.Random(f"tables {seed}")
    shares = {"change": 1.0, "none": 0.5, "older": 0.25, "fix": 0.25, "falls": 0.25}
    worlds = [world for world in WORLDS for _ in range(max(1, round(count * shares[world])))]
    return [Table(dice, world, f"{i:06x}") for i, world in enumerate(worlds)]


def asked(program, tables):
    """A program's answers to tables."""
    with tempfile.TemporaryDirectory() as folder:
        for table in tables:
            table.write(Path(folder))
        said = score.analyze(program, folder)
    missing = [t.name for t in tables if f"{t.name}.csv" not in said]
    if missing:
        raise SystemExit(f"{program} says nothing of {len(missing)} tables, the first of them {missing[0]}")
    return {t.name: Answer.of_program(t, said[f"{t.name}.csv"]) for t in tables}


def main():
    """Makes, asks, scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default="bisectstat", help="the program to judge")
    parser.add_argument("--against", help="another program, judged on the same tables")
    parser.add_argument("--count", type=int, default=400, help="tables with a change, per seed")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="seeds of the tables")
    parser.add_argument("--keep", type=Path, help="write the tables here, too, one folder a seed")
    args = parser.parse_args()
    judged = {args.program: {}, "plain change point": {}}
    if args.against:
        judged[args.against] = {}
    every, by_seed = [], []
    for seed in args.seeds:
        tables = make(seed, args.count)
        for table in tables:
            table.name = f"{seed:x}{table.name}"
        if args.keep:
            folder = args.keep / f"seed-{seed}"
            folder.mkdir(parents=True, exist_ok=True)
            for table in tables:
                table.write(folder)
        for name, answers in judged.items():
            reference = name == "plain change point"
            answers.update({t.name: Answer.of_reference(t) for t in tables} if reference else asked(name, tables))
        every += tables
        by_seed.append(tables)
    report(every, judged)
    if args.against:
        paired(by_seed, judged[args.program], judged[args.against])


def report(tables, judged):
    """Every stratum, every judged one."""
    for stratum, belongs in STRATA.items():
        chosen = [t for t in tables if belongs(t)]
        if chosen:
            print(f"{stratum}:\n")
            score.table(["", *HEAD], [[name, *figures(chosen, answers)] for name, answers in judged.items()])
    chosen = [t for t in tables if t.world == "none"]
    print("no change at all:\n")
    score.table(["", *NO_CHANGE_HEAD], [[name, *unchanged(chosen, answers)] for name, answers in judged.items()])


def paired(by_seed, new, old):
    """Differences of the tables with a change, seed by seed."""
    pairs = [[figures([t for t in tables if t.world == "change"], a) for tables in by_seed] for a in (new, old)]
    print("new less old over seeds, tables with a change: mean ± standard error\n")
    score.table(HEAD[1:-1], [[score.difference([s[i] for s in pairs[0]], [s[i] for s in pairs[1]]) for i in range(1, len(HEAD) - 1)]])


if __name__ == "__main__":
    main()
