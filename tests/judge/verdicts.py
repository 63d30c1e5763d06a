#!/usr/bin/env python3
"""Verdicts and named commits of real, labelled bisections, against what is known of them. README.md says what is measured."""

import argparse
import csv
import os
import tarfile
import tempfile
from pathlib import Path

import score

CLEAN, MISSED = "has it not, judged bad", "has the bug, judged good"
KNOWN = {"", "time limit", "older than the oldest release"}  # Labels without a wrong step: every verdict is right.


def truths(label, steps, later):
    """Each verdict whose truth follows from the label by ancestry: the step, and whether its verdict is right.

    `later`: go on behind the first wrong step, where what follows is known.
    """
    steps = [s for s in steps if s["verdict"] in ("good", "bad") and s["role"] in ("release", "candidate")]
    if label["verdict"] == "unknown":
        return
    wrong = label["first_wrong_step"]
    if not wrong:
        if label["verdict"] == "right" or (label["verdict"] == "inconclusive" and label["wrong_kind"] in KNOWN):
            yield from ((step, True) for step in steps)
        return
    met = False
    for step in steps:
        if step["commit"] == wrong:
            met = True
            yield step, False
        elif not met:
            yield step, True
        elif later and label["wrong_kind"] == CLEAN:
            # What git tests next lies in the history of a revision without the bug: none of it has the bug.
            yield step, step["verdict"] == "good"


class Study:
    """What one program says of the study."""

    def __init__(self, labels, said):
        self.verdicts, self.later, self.named, self.blamed = [], [], [], []
        for label in labels:
            analysis = said.get(label["file"])
            if analysis is None:
                continue
            walked = sum(s["role"] == "release" for s in analysis["steps"])
            for verdicts, later in ((self.verdicts, False), (self.later, True)):
                for step, true in truths(label, analysis["steps"], later):
                    if step["confidence"] is not None:
                        verdicts.append((step["confidence"], true, f"{step['role']} {step['verdict']}", walked))
            if analysis["p_named"] is not None and label["named_culprit"] == analysis["named_culprit"]:
                right = label["verdict"] == "right"
                if right or (label["verdict"] == "wrong" and label["wrong_kind"] == CLEAN):
                    self.named.append((analysis["p_named"], right))
                if label["verdict"] in ("right", "wrong"):
                    self.blamed.append((analysis["p_named"], right))

    def groups(self):
        """The verdicts, all and by what they are of."""
        groups = {"all": self.verdicts, "all, and later ones": self.later}
        for verdict in self.verdicts:
            groups.setdefault(verdict[2], []).append(verdict)
            if verdict[2] == "release good":
                walked = min(verdict[3], 6)
                groups.setdefault(f"release good, {walked}{' or more' if walked == 6 else ''} walked", []).append(verdict)
        return groups


VERDICT_HEAD = ["verdicts", "stated", "right", "log score", "Brier", "0.99 or more", "of these stated wrong", "contradicted"]


def verdict_figures(verdicts):
    """The figures of verdicts, in the order of VERDICT_HEAD."""
    pairs = [(p, t) for p, t, _, _ in verdicts]
    sure = [(p, t) for p, t in pairs if p >= 0.99]
    return [len(pairs), score.mean(p for p, _ in pairs), score.mean(t for _, t in pairs), score.log_loss(pairs), score.brier(pairs),
            len(sure), score.say(score.mean(1 - p for p, _ in sure), 4), score.say(score.mean(not t for _, t in sure), 4)]


NAMED_HEAD = ["named", "right", "stated", "AUC", "Brier", "of base rate", "log loss", "ECE"]


def named_figures(pairs):
    """The figures of named commits, in the order of NAMED_HEAD."""
    return [len(pairs), score.mean(t for _, t in pairs), score.mean(p for p, _ in pairs), score.auc(pairs), score.brier(pairs),
            score.brier_of_base_rate(pairs), score.log_loss(pairs), score.ece(pairs)]


def main():
    """Reads the study, asks, scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default="bisectstat", help="the program to judge")
    parser.add_argument("--against", help="another program, judged on the same logs")
    parser.add_argument("--study", type=Path, default=Path(os.environ.get("BISECTSTAT_STUDY", "../shared/study")), help="the folder with logs.tar.gz and labels.csv")
    parser.add_argument("--floor", type=float, default=score.FLOOR, help="log scores count a smaller probability as this much")
    args = parser.parse_args()
    score.FLOOR = args.floor
    if not (args.study / "labels.csv").exists():
        raise SystemExit(f"no labels.csv in {args.study}: say --study FOLDER")
    with open(args.study / "labels.csv", newline="", encoding="utf-8") as file:
        labels = list(csv.DictReader(file))
    programs = [args.program] + ([args.against] if args.against else [])
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(args.study / "logs.tar.gz") as archive:
            archive.extractall(folder, filter="data")
        studies = {p: Study(labels, score.analyze(p, folder, "--titles", args.study / "labels.csv")) for p in programs}
    for program, study in studies.items():
        report(program, study)


def report(program, study):
    """All tables of one program."""
    print(f"## {program}\n")
    score.table(["", *VERDICT_HEAD], [[name, *verdict_figures(group)] for name, group in sorted(study.groups().items())])
    rows = [["right, or a revision without the bug judged bad", *named_figures(study.named)], ["right or wrong", *named_figures(study.blamed)]]
    score.table(["p_named of named commits", *NAMED_HEAD], rows)


if __name__ == "__main__":
    main()
