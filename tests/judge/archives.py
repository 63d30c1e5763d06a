#!/usr/bin/env python3
"""Archives of bisections of real git histories with a known truth, and how a program judges them. README.md says what is measured."""

import argparse
import csv
import hashlib
import inspect
import pickle
import random
import shutil
import tempfile
from bisect import bisect_left
from pathlib import Path

import bugs
import score
import trees

AWAY = 200  # No bisection starts within so many commits of a tag.


class Case:
    """A bisection with its truth."""

    def __init__(self, name, tree, bug, runs, bisection):
        self.name, self.tree, self.bug, self.runs, self.bisection = name, tree, bug, runs, bisection
        self.fix = bisection.fix
        self.shows, self.begins = (bug.stop, bug.stop) if self.fix else (runs.shows, bug.begin)
        self.changed = (bug.stops or bytearray(len(tree.parents))) if self.fix else runs.visible
        steps = [s["commit"] for s in bisection.steps]
        self.tested = list(dict.fromkeys(steps))
        seen = {t for s in bisection.steps for t in s["outcomes"] if t and t[0] != "<"}
        own = set(bug.titles)
        self.own = len(seen & own)
        others = [len(seen & set(other.titles)) for other in runs.cast[1:]]
        self.others = sum(count > 0 for count in others)
        self.other_titles = max(others, default=0)


def make_tree(seed, world, size, releases, folder):
    """A history and its bugs."""
    features = bugs.WORLDS[world]
    dice = random.Random(f"tree {world} {seed}")
    tree = trees.Tree(dice, folder, releases, size, features.branched)
    tree.store()
    taken = set()
    pool = [bugs.Bug(dice, tree, features, taken) for _ in range(40)]
    return dice, tree, pool


def starts(tree, bug, size):
    """Where a bug may be reported: on the main line soon after it was found, away from tags."""
    near = min(AWAY, size // 4)
    line = tree.main[bug.found : bug.found + 1 + size // 16]
    tags = tree.releases
    return [c for c in line if bug.has[c] and all(abs(c - t) > near for t in tags) and bisect_left(tags, c) > 0]


def make_cases(seed, world, count, size, releases, folder):
    """The bisections of one tree."""
    dice, tree, pool = make_tree(seed, world, size, releases, folder)
    for bug in pool:
        if dice.random() < (0.9 if bugs.WORLDS[world].fix else 0.6):
            bug.end(dice, tree)
    cases, number = [], 0
    while len(cases) < count:
        bug = dice.choice(pool)
        places = [c for c in starts(tree, bug, size) if bug.present(c)]
        if not places:
            pool.remove(bug)
            if not pool:
                raise SystemExit(f"tree {seed}: no bug can be reported anywhere; try a larger --size")
            continue
        bisection = bisected(dice, tree, pool, bug, dice.choice(places), world)
        number += 1
        if bisection:
            cases.append(Case(f"{world}-{seed}-{number:05}.txt", tree, bug, bisection.runs, bisection))
    return tree, cases


def bisected(dice, tree, pool, bug, start, world):
    """One bisection; None where the origin did not show the reported title's bug, for then nobody reports it."""
    runs = bugs.Runs(dice, tree, pool, bug, start, bugs.WORLDS[world])
    bisection = bugs.Bisection(dice, tree, runs, start, bugs.WORLDS[world].fix)
    bisection.text = bisection.go()
    shown = [t for t in bisection.steps[0]["outcomes"] if t in bug.titles]
    if not shown:
        return None
    bisection.reported = dice.choice(shown)
    return bisection


def check(cases, said):
    """That every log was read as it was meant: steps, counts, endings, culprits."""
    wrong = []
    for case in cases:
        analysis, names = said.get(case.name), case.tree.names
        if analysis is None:
            wrong.append(f"{case.name}: not read")
            continue
        read = [(s["commit"], s["passes"], s["crashes"]) for s in analysis["steps"] if s["role"] != "parent"]
        meant = [(names[s["commit"]], s["passes"], s["crashes"]) for s in case.bisection.steps]
        named = case.bisection.named
        if read != meant:
            wrong.append(f"{case.name}: steps are not those that were made")
        if analysis["ending"] != case.bisection.ending:
            wrong.append(f"{case.name}: ends as {analysis['ending']}, not {case.bisection.ending}")
        if analysis["named_culprit"] != (None if named is None else names[named]):
            wrong.append(f"{case.name}: names {analysis['named_culprit']}")
        wrong += [f"{case.name}: {gap['commits']} commits from {gap['after']}" for gap in analysis["gaps"] if miscounted(case.tree, gap)]
    if wrong:
        raise SystemExit("\n".join(wrong[:20]))


def miscounted(tree, gap):
    """Whether a gap of a history without branches has another number of commits than git's counts say."""
    if len(tree.main) < len(tree.parents) or not gap["commits_exact"] or None in (gap["after"], gap["upto"], gap["commits"]):
        return False
    return gap["commits"] != tree.numbers[gap["upto"]] - tree.numbers[gap["after"]]


def check_git(tree, cases):
    """That git, told the same verdicts, says what the logs say."""
    for case in cases:
        said, written = trees.replay(tree, case.bisection.text)
        if said != written:
            raise SystemExit(f"{case.name}: git says {said}, the log {written}")


class Judged:
    """One analysis beside the truth."""

    def __init__(self, case, analysis, with_repo):
        self.case = case
        self.numbers = case.tree.numbers
        at = lambda name: None if name is None else self.numbers[name]  # noqa: E731
        gaps = [(at(g["after"]), at(g["upto"]), g["posterior"] or 0.0) for g in analysis["gaps"]]
        holders = case.changed
        self.named = None
        if analysis["named_culprit"] and analysis["p_named"] is not None:
            self.named = (analysis["p_named"], self.numbers[analysis["named_culprit"]] == case.shows)
            self.begins = (analysis["p_named"], self.numbers[analysis["named_culprit"]] == case.begins)
        self.older = self.older_begins = None
        ends = [(after, upto, p) for after, upto, p in gaps if (upto if case.fix else after) is None]
        if ends and len(gaps) > 1:
            (after, upto, _), stated = ends[0], sum(p for *_, p in ends)
            self.older = (stated, not holders[after] if case.fix else bool(holders[upto]))
            self.older_begins = self.older if case.fix else (stated, bool(case.bug.has[upto]))
        self.no_change = analysis.get("p_no_change")
        self.titles = [(t["p_same_bug"], t["title"] in case.bug.titles) for t in analysis["titles"]
                       if t["p_same_bug"] is not None and t["title"] and not t["anchor"]]
        self.verdicts = list(self.verdicts_of(analysis))
        self.covered = self.cover(analysis, gaps, holders, with_repo)

    def verdicts_of(self, analysis):
        """Stated confidence, whether ancestry agrees, whether the runs could show it, and the role."""
        case = self.case
        for step in analysis["steps"]:
            if step["verdict"] in ("good", "bad") and step["confidence"] is not None and step["role"] != "origin":
                commit, bad = self.numbers[step["commit"]], step["verdict"] == "bad"
                there = case.bug.present(commit)
                yield (step["confidence"], there == bad, (there and bool(case.runs.visible[commit])) == bad, step["role"] + " " + step["verdict"])

    def cover(self, analysis, gaps, holders, with_repo):
        """Whether the set of 95 % holds the place where the bug begins to show."""
        history = analysis["history"]
        if with_repo and history and history["mass"] is not None:
            line = {n for after, upto, _ in gaps for n in (after, upto) if n is not None}
            truth = {n for n in line if holders[n]}
            return any({self.numbers[c] for c in region["contained_in"]} == truth for region in history["regions"])
        if not analysis["credible_set"]:
            return None
        chosen = [gaps[i] for i in analysis["credible_set"]["gaps"]]
        return any((upto is None or holders[upto]) and not (after is not None and holders[after]) for after, upto, _ in chosen)


STRATA = {
    "all": lambda c: True,
    "no other bug seen": lambda c: c.others == 0,
    "one other bug seen": lambda c: c.others == 1,
    "two or more others": lambda c: c.others > 1,
    "an other bug with two titles": lambda c: c.other_titles > 1,
    "one own title": lambda c: c.own == 1,
    "two own titles": lambda c: c.own == 2,
    "three or more own": lambda c: c.own > 2,
    "one release walked": lambda c: c.bisection.released == 1,
    "two releases": lambda c: c.bisection.released == 2,
    "three to five": lambda c: 3 <= c.bisection.released <= 5,
    "six or more": lambda c: c.bisection.released > 5,
    "ends: culprit": lambda c: c.bisection.ending == "culprit",
    "ends: oldest still bad": lambda c: c.bisection.ending == "oldest_still_bad",
    "ends: newest still bad": lambda c: c.bisection.ending == "newest_still_bad",
    "ends: time limit": lambda c: c.bisection.ending == "time_limit",
}

HEAD = ["logs", "named", "right", "stated", "ECE", "by chance", "Brier", "of base rate", "slope", "Brier, bug begins", "older: stated", "true",
        "same bug: pairs", "stated", "true", "Brier of same bug", "95 % sets hold it"]
PAIRED = ("ECE", "Brier", "Brier, bug begins", "older: stated", "Brier of same bug", "95 % sets hold it")


def figures(judged):
    """The figures of a stratum, in the order of HEAD."""
    named = [j.named for j in judged if j.named]
    older = [j.older for j in judged if j.older]
    titles = [pair for j in judged for pair in j.titles]
    return [
        len(judged), len(named), score.mean(t for _, t in named), score.mean(p for p, _ in named), score.ece(named),
        score.ece_by_chance(named),
        score.brier(named), score.brier_of_base_rate(named) if named else float("nan"), score.slope(named),
        score.brier([j.begins for j in judged if j.named]),
        score.mean(p for p, _ in older), score.mean(t for _, t in older),
        len(titles), score.mean(p for p, _ in titles), score.mean(t for _, t in titles), score.brier(titles),
        score.mean(j.covered for j in judged if j.covered is not None),
    ]


RIGHT_HEAD = ["verdicts", "stated", "true by ancestry", "log score", "0.99 or more", "of these contradicted",
              "could be seen: true", "log score"]


def right(verdicts):
    """The figures of `right`, in the order of RIGHT_HEAD."""
    ancestry = [(p, t) for p, t, _, _ in verdicts]
    seen = [(p, t) for p, _, t, _ in verdicts]
    sure = [t for p, t in ancestry if p >= 0.99]
    return [len(verdicts), score.mean(p for p, _ in ancestry), score.mean(t for _, t in ancestry), score.log_loss(ancestry),
            len(sure), score.mean(not t for t in sure), score.mean(t for _, t in seen), score.log_loss(seen)]


def report(label, seeds):
    """All tables of one world, judged one way."""
    print(f"## {label}\n")
    judged = [j for seed in seeds for j in seed]
    rows = [[name, *figures(chosen)] for name, belongs in STRATA.items() if (chosen := [j for j in judged if belongs(j.case)])]
    score.table(["", *HEAD], rows)
    rows = [["ECE, bug begins", score.ece([j.begins for j in judged if j.named])], ["older, bug there: true", score.mean(j.older_begins[1] for j in judged if j.older)],
            ["older: ECE", score.ece([j.older for j in judged if j.older])], ["same bug: ECE", score.ece([p for j in judged for p in j.titles])],
            *over_trees(seeds),
            ["P(no change), where stated", score.mean(j.no_change for j in judged if j.no_change is not None)]]
    score.table(["", "all"], rows)
    groups = {}
    for j in judged:
        for verdict in j.verdicts:
            groups.setdefault("all", []).append(verdict)
            groups.setdefault(verdict[3], []).append(verdict)
            if verdict[3] == "release good":
                walked = min(j.case.bisection.released, 6)
                groups.setdefault(f"release good, {walked}{' or more' if walked == 6 else ''} walked", []).append(verdict)
    score.table(["", *RIGHT_HEAD], [[name, *right(groups[name])] for name in sorted(groups)])


def over_trees(seeds):
    """Some figures as means over trees, with their standard errors."""
    trees_say = [figures(seed) for seed in seeds]
    for name in ("Brier", "Brier of same bug", "95 % sets hold it"):
        values = [v for said in trees_say if (v := said[HEAD.index(name)]) == v]
        yield [f"{name}, over trees", f"{score.say(score.mean(values))} ± {score.say(score.standard_error(values))}"]


def main():
    """Makes, checks, asks, scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default="bisectstat", help="the program to judge")
    parser.add_argument("--against", help="another program, judged on the same archives")
    parser.add_argument("--worlds", nargs="+", choices=bugs.WORLDS, default=["mixed"], help="what the archives have")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5, 6], help="one tree each")
    parser.add_argument("--count", type=int, default=80, help="bisections per tree")
    parser.add_argument("--size", type=int, default=9000, help="commits between releases")
    parser.add_argument("--releases", type=int, default=9, help="releases of a tree")
    parser.add_argument("--untold", action="store_true", help="do not say under which titles the bugs were reported")
    parser.add_argument("--no-repo", action="store_true", help="leave out the analyses with --repo")
    parser.add_argument("--keep", type=Path, help="leave the archives in this folder, and use those that are there")
    args = parser.parse_args()
    for world in args.worlds:
        judge(world, args)


def judge(world, args):
    """One world."""
    programs = [args.program] + ([args.against] if args.against else [])
    ways = [False] + ([] if args.no_repo else [True])
    judged = {(p, w): [] for p in programs for w in ways}
    for seed in args.seeds:
        with tempfile.TemporaryDirectory() as scratch:
            folder = (args.keep or Path(scratch)) / f"{world}-{seed}"
            cases = archive(folder, seed, world, args)
            options = [] if args.untold else ["--titles", folder / "titles.csv"]
            for program, way in judged:
                said = score.analyze(program, folder / "logs", *options, *(["--repo", folder / "repo"] if way else []))
                check(cases, said)
                judged[program, way].append([Judged(c, said[c.name], way) for c in cases])
    for (program, way), seeds in judged.items():
        report(f"{world}, {'with' if way else 'without'} --repo: {program}", seeds)
    if args.against:
        for way in ways:
            paired(f"{world}, {'with' if way else 'without'} --repo", judged[args.program, way], judged[args.against, way])


def archive(folder, seed, world, args):
    """The bisections of a seed: those that were kept, or new ones."""
    sources = "".join(inspect.getsource(part) for part in (bugs, trees, Case, make_tree, starts, make_cases, bisected))
    made_by = hashlib.sha1(f"{args.count} {args.size} {args.releases} {sources}".encode()).hexdigest()
    kept = folder / f"{made_by}.pickle"
    if kept.exists():
        return pickle.loads(kept.read_bytes())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tree, cases = make_cases(seed, world, args.count, args.size, args.releases, folder / "repo")
    check_git(tree, [c for c in cases if c.bisection.ending == "culprit"][:3])
    write(folder, cases)
    kept.write_bytes(pickle.dumps(cases))
    return cases


def write(folder, cases):
    """The logs of an archive, and the titles of the reports."""
    (folder / "logs").mkdir()
    for case in cases:
        (folder / "logs" / case.name).write_text(case.bisection.text, encoding="utf-8")
    with open(folder / "titles.csv", "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["file", "title"])
        out.writerows([c.name, c.bisection.reported] for c in cases)


def paired(label, new, old):
    """Differences, tree by tree."""
    new, old = [figures(seed) for seed in new], [figures(seed) for seed in old]
    print(f"## {label}: new less old, over trees, mean ± standard error\n")
    places = [HEAD.index(name) for name in PAIRED]
    score.table(list(PAIRED), [[score.difference([s[i] for s in new], [s[i] for s in old]) for i in places]])


if __name__ == "__main__":
    main()
