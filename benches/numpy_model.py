#!/usr/bin/env python3
"""The posterior of the culprit with NumPy: the model of `src/model/culprit.rs`, written down a second time.

    pip install numpy
    benches/numpy_model.py

Runs `cargo bench --bench culprit`, computes the posterior of the same lines, checks that both agree, and prints a Markdown
table of the times. NumPy works on whole arrays of behaviours and revisions; what does not depend on the runs is computed
once, as in the Rust.
"""
import csv
import io
import subprocess
import sys
import time

import numpy as np

RUNS, GAP, TRIES, LONGEST, LEVELS = 10, 100.0, 20, 64, 512


def rising(x, most):
    """ln x (x + 1) ... (x + m - 1) for m = 0 .. most, one row an x."""
    steps = np.log(np.asarray(x)[:, None] + np.arange(most))
    return np.hstack([np.zeros((len(x), 1)), np.cumsum(steps, axis=1)])


class BetaBinomial:
    def __init__(self, a, b):
        self.a, self.b, self.both = rising(a, RUNS), rising(b, RUNS), rising(a + b, RUNS)

    def ln(self, k, n):
        return self.a[:, k] + self.b[:, n - k] - self.both[:, n]


class Prior:
    """The default: a rate for each revision, runs that repeat each other, rates that drift."""

    def __init__(self):
        means = (np.arange(24) + 0.5) / 24
        weight = (1 - means) ** -0.25
        kappas = np.array([1.0, 2, 4, 8, 16, 32, 64, 256, 1024])
        mu, kappa = (grid.ravel() for grid in np.meshgrid(means, kappas, indexing="ij"))
        uneven = np.repeat(weight, 9) * kappa**0.35
        self.uneven = BetaBinomial(mu * kappa, (1 - mu) * kappa)
        self.theta, self.repeat = (
            grid.ravel() for grid in np.meshgrid(means, [0.4, 0.6, 0.8, 0.9], indexing="ij")
        )
        repeating = np.repeat(weight, 4)
        rates = (2 * np.arange(6) + 1) / 12
        pairs = np.array([(o, c) for o in rates for c in rates if o != c])
        self.origin, self.change = pairs.T
        parts = [(0.73, uneven), (0.07, repeating), (0.2, np.ones(len(pairs)))]
        self.ln_weights = np.log(np.concatenate([share * w / w.sum() for share, w in parts]))
        self.leak = BetaBinomial(np.array([0.02]), np.array([9.98]))

    def chains(self, k, n):
        """Runs of one test, the crashes first."""
        own, theta = 1 - self.repeat[:, None], self.theta[:, None]
        crash_again, pass_again = np.log(1 - own + own * theta), np.log(1 - own + own * (1 - theta))
        l = n - k
        ln = np.where(k > 0, np.log(theta) + (k - 1) * crash_again, 0)
        ln = ln + np.where(l > 0, np.log(1 - theta) + (l - 1) * pass_again, 0)
        return ln + np.where((k > 0) & (l > 0), np.log(own), 0)

    def drifts(self, k, n):
        """One column a gap: points from it on."""
        points = len(k)
        if points > LONGEST:
            return np.full((len(self.origin), points), -np.inf)
        sizes = np.full(points, GAP)
        ages = np.concatenate([np.cumsum(sizes[:0:-1])[::-1], [0.0]])
        middle = ages + np.where(np.arange(points) == 0, ages[0] / 2, sizes / 2)
        share = ages[None, :] / np.maximum(middle, 1)[:, None]
        theta = self.origin[:, None, None] + (self.change - self.origin)[:, None, None] * share[None]
        level = np.clip(np.floor(np.clip(theta, 0, 1) * LEVELS + 0.5), 1, LEVELS - 1) / LEVELS
        ln = k * np.log(level) + (n - k) * np.log1p(-level)
        return (ln * np.triu(np.ones((points, points)))).sum(axis=2)

    def posterior(self, k, n):
        still = np.vstack([self.uneven.ln(k, n), self.chains(k, n)])
        column = np.cumsum(still[:, ::-1], axis=1)[:, ::-1]
        column = np.vstack([column, self.drifts(k, n)]) + self.ln_weights[:, None]
        leak = self.leak.ln(k, n)[0]
        joint = np.logaddexp.reduce(column, axis=0) + np.concatenate([[0.0], np.cumsum(leak)[:-1]])
        weights = np.exp(joint - joint.max())
        return weights / weights.sum()


def main():
    bench = subprocess.run(
        ["cargo", "bench", "--quiet", "--bench", "culprit"], check=True, stdout=subprocess.PIPE, text=True
    )
    prior = Prior()
    print("| steps | bisectstat | NumPy | ratio |\n|---|---|---|---|")
    for row in csv.DictReader(io.StringIO(bench.stdout)):
        steps, rust = int(row["steps"]), float(row["seconds"])
        i = np.arange(steps)
        k, n = np.where(2 * i >= steps, 8 - i % 5, 0), np.full(steps, RUNS)
        fastest = float("inf")
        for _ in range(TRIES):
            start = time.perf_counter()
            posterior = prior.posterior(k, n)
            fastest = min(fastest, time.perf_counter() - start)
        difference = abs(posterior[steps // 2] - float(row["posterior"]))
        if difference > 1e-9:
            sys.exit(f"{steps} steps: {posterior[steps // 2]} here, {row['posterior']} there")
        print(f"| {steps} | {rust * 1e6:.0f} µs | {fastest * 1e6:.0f} µs | {fastest / rust:.1f} |")


if __name__ == "__main__":
    main()
