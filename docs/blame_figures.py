"""Figures about p_right that the pages quote, from the program's own JSON and the labels.

Usage: blame_figures.py ANALYSES.ndjson FOLDER LABELS.csv CALIBRATION.json [FIT.json], with the logs somewhere in FOLDER. With the
report of a fit, the tables of docs/gate.md and docs/rules.md are written anew.
"""

import collections
import csv
import json
import os
import posixpath
import re
import sys

analyses_path, folder, labels_path, calibration_path, *fit_path = sys.argv[1:]
analyses = [json.loads(line) for line in open(analyses_path)]
labels = {row["file"]: row for row in csv.DictReader(open(labels_path))}
logs = {name: os.path.join(at, name) for at, _, names in os.walk(folder) for name in names}
FRAME = re.compile(r"(?:^|[ \t])(\S+\.(?:c|h|S|rs|cc|cpp)):\d+(?: \[inline\])?\s*$")


def verdict(analysis):
    return labels.get(os.path.basename(analysis["path"]), {}).get("verdict")


def mean(values):
    values = list(values)
    return f"{sum(values) / len(values):.3f} of {len(values)}" if values else "none"


def text(analysis):
    return open(logs[os.path.basename(analysis["path"])], errors="replace").read().replace("\r", "")


def stack(log):
    """The files of the crash report at the end, with plain paths."""
    report = log[log.rfind("\ncrash: ") + 1 :].split("\n")[1:] if "\ncrash: " in log else []
    found = (FRAME.search(line) for line in report)
    return {posixpath.normpath(match[1]).lstrip("/") for match in found if match}


def touched(log):
    """The files of the named commit, and how many lines it inserts."""
    block = log[log.find(" is the first bad commit") :].split("\ncrash: ")[0]
    files = [re.sub(r"\{.*? => (.*?)\}", r"\1", name) for name in re.findall(r"^ (\S.*?)\s+\|\s+(?:\d+|Bin)", block, re.M)]
    inserted = re.search(r"files? changed, (\d+) insertion", block)
    return files, int(inserted[1]) if inserted else 0


def fires(analysis, rule):
    return any(rule in [finding["rule"], *(also["rule"] for also in finding["also"])] for finding in analysis["findings"])


named = [analysis for analysis in analyses if analysis["p_right"] is not None]
labelled = [analysis for analysis in named if verdict(analysis) in ("right", "wrong")]
sure = [verdict(analysis) == "right" for analysis in labelled if analysis["p_named"] > 0.97]
print("p_right of labelled bisections: mean", mean(analysis["p_right"] for analysis in labelled))
print("p_right of others: mean", mean(a["p_right"] for a in named if verdict(a) not in ("right", "wrong")))
print("right where p_named is over 0.97:", mean(sure))
for name in ("right", "wrong"):
    of = [analysis["p_right"] >= 0.5 for analysis in labelled if verdict(analysis) == name]
    print(f"{name} that pass a gate at 0.5:", mean(of))
for judged in json.load(open(calibration_path))["probabilities"]:
    if judged["name"] in ("p_right", "p_named") and judged["scores"]:
        scores = judged["scores"]
        shown = {name: scores[name] for name in ("auc", "brier", "log_score", "ece")}
        ends = {n: "{value:.3f} ({low:.3f} to {high:.3f})".format(value=s["value"], **s["interval"]) for n, s in shown.items()}
        print(judged["name"], "of", judged["cases"], ends)

reports = [stack(text(analysis)) for analysis in analyses]
reports = [report for report in reports if report]
counts = collections.Counter(file for report in reports for file in report)
generic = sorted(file for file, count in counts.items() if 9 * count > len(reports))
print(f"files in more than a ninth of {len(reports)} reports ({len(generic)}):", *generic, sep="\n  ")

for rule in ("BS308", "BS309"):
    fired = [analysis for analysis in analyses if fires(analysis, rule)]
    right = [verdict(analysis) == "right" for analysis in fired if verdict(analysis) in ("right", "wrong")]
    print(f"{rule} fires on {len(fired)}; right of those with a label:", mean(right))
    if rule == "BS308":
        on = 0
        for analysis in fired:
            log = text(analysis)
            files, _ = touched(log)
            near = (s == f or (f.startswith("...") and s.endswith(f[3:])) for f in files for s in stack(log))
            on += any(near)
        print("  of these the log shows a touched file on the stack of:", on)


def rewrite(page, header, rows):
    """The rows below the table's header, in place of those that are there."""
    lines = open(page).read().split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith(header)) + 2
    end = next(i for i in range(start, len(lines)) if not lines[i].startswith("|"))
    lines[start:end] = rows
    open(page, "w").write("\n".join(lines))


def ends(score):
    return f"{score['interval']['low']:.2f} to {score['interval']['high']:.2f}"


def of_gate(fit):
    for row, also in zip(fit["trade_offs"], fit["trade_offs_with_errors"]):
        wrong, right = row["wrong_fail"], row["right_pass"]
        yield (
            f"| {row['p_right']:.2f} | {wrong['value']:.3f} | {ends(wrong)} | {right['value']:.3f} | {ends(right)} "
            f"| {also['wrong_fail']['value']:.3f} | {also['right_pass']['value']:.3f} |"
        )


def of_rules(rules):
    everywhere = rules["wrong"] / (rules["right"] + rules["wrong"])

    def row(code, name, severity, split):
        lift = split["wrong"] / (split["right"] + split["wrong"]) / everywhere
        return f"| {code} | {name} | {severity} | {split['right']} | {split['wrong']} | {lift:.2f} |"

    for fired in rules["fired"]:
        yield row(fired["rule"], fired["name"], fired["severity"], fired)
    for worst in rules["worst"]:
        yield row("", "the worst finding", worst["severity"] or "none", worst)


if fit_path:
    fit = json.load(open(fit_path[0]))
    rewrite("docs/gate.md", "| `p-right` | wrong that fail", list(of_gate(fit)))
    rewrite("docs/rules.md", "| rule | name | severity | right |", list(of_rules(json.load(open(calibration_path))["rules"])))
