"""What the three judges share: they ask a program for its analyses, and score probabilities against the truth."""

import json
import math
import random
import subprocess

FLOOR = 1e-4  # Log losses count a smaller probability as this much.


def analyze(program, folder, *options):
    """The program's analyses of a folder, by the names of its files; a complaint ends the judgement."""
    command = [program, "analyze", str(folder), "--format", "ndjson", *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if not harmless(line)]
    if done.returncode != 0 or complaints:
        raise SystemExit(f"{' '.join(command)}: exit status {done.returncode}\n" + "\n".join(complaints[:20]))
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {row["path"].rsplit("/", 1)[-1]: row for row in rows}


def harmless(line):
    """Progress and counts are no complaints."""
    return not line.strip() or line.startswith("note: ")


def mean(values):
    """The mean, nan for nothing."""
    values = list(values)
    return sum(values) / len(values) if values else math.nan


def standard_error(values):
    """The standard error of a mean, nan for fewer than two."""
    values = list(values)
    if len(values) < 2:
        return math.nan
    centre = mean(values)
    return math.sqrt(sum((v - centre) ** 2 for v in values) / (len(values) - 1) / len(values))


def brier(pairs):
    """The mean squared distance of (stated, true) pairs."""
    return mean((p - t) ** 2 for p, t in pairs)


def brier_of_base_rate(pairs):
    """What always saying the share of the true ones would score."""
    share = mean(t for _, t in pairs)
    return share * (1 - share)


def log_loss(pairs):
    """The mean of -ln of what was stated for what came true."""
    return mean(-math.log(max(p if t else 1 - p, FLOOR)) for p, t in pairs)


def ece(pairs, bins=10):
    """Expected calibration error, over bins of equal width."""
    cells = {}
    for p, t in pairs:
        cells.setdefault(min(int(p * bins), bins - 1), []).append((p, t))
    gaps = (abs(sum(p for p, _ in cell) - sum(t for _, t in cell)) for cell in cells.values())
    return sum(gaps) / len(pairs) if pairs else math.nan


def ece_by_chance(pairs, draws=100):
    """What the calibration error would be on average if every stated probability were true."""
    dice = random.Random("chance")
    return mean(ece([(p, dice.random() < p) for p, _ in pairs]) for _ in range(draws)) if pairs else math.nan


def auc(pairs):
    """The chance that a true one is stated higher than a false one; ties count half."""
    ranked = sorted(pairs)
    ranks, i = 0.0, 0
    while i < len(ranked):
        j = i
        while j < len(ranked) and ranked[j][0] == ranked[i][0]:
            j += 1
        ranks += sum(1 for _, t in ranked[i:j] if t) * (i + j + 1) / 2
        i = j
    true = sum(1 for _, t in pairs if t)
    false = len(pairs) - true
    return (ranks - true * (true + 1) / 2) / (true * false) if true and false else math.nan


def slope(pairs, rounds=50):
    """The slope of a logistic regression on the stated log odds: 1 is calibrated, less is too sure of itself."""
    points = [(math.log(p / (1 - p)), float(t)) for p, t in ((min(max(p, 1e-4), 1 - 1e-4), t) for p, t in pairs)]
    if len({t for _, t in points}) < 2:
        return math.nan
    a, b = 0.0, 1.0
    for _ in range(rounds):
        g0 = g1 = h00 = h01 = h11 = 0.0
        for x, t in points:
            q = 1 / (1 + math.exp(-max(-30.0, min(30.0, a + b * x))))
            w = q * (1 - q) + 1e-9
            g0, g1 = g0 + t - q, g1 + (t - q) * x
            h00, h01, h11 = h00 + w, h01 + w * x, h11 + w * x * x
        det = h00 * h11 - h01 * h01
        if det <= 1e-12:
            return math.nan
        a, b = a + (h11 * g0 - h01 * g1) / det, b + (h00 * g1 - h01 * g0) / det
    return b if abs(b) < 10 else math.nan  # No finite slope where right and wrong do not overlap.


def say(value, digits=3):
    """A figure for a table; an em dash where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "—"
    return str(value) if isinstance(value, (int, str)) else f"{value:.{digits}f}"


def table(head, rows):
    """A Markdown table on standard output."""
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(say(cell) for cell in row) + " |")
    print(flush=True)


def difference(new, old):
    """Mean and standard error of paired differences, as text."""
    pairs = [n - o for n, o in zip(new, old) if not (math.isnan(n) or math.isnan(o))]
    if not pairs:
        return "—"
    return f"{mean(pairs):+.4f} ± {say(standard_error(pairs), 4)}"
