"""A prior that was told how a simulated world draws its rates, as src/simulate/world.rs does; the rest is the fitted one's.

Usage: python3 docs/told_prior.py WORLD FITTED_PRIOR > PRIOR
"""

import json
import sys

STEPS = 40


def grid(low, high, steps=STEPS):
    return [low + (high - low) * (i + 0.5) / steps for i in range(steps)]


def uneven(means, weights):
    parts = [{"kind": "uneven", "mu": mu, "kappa": kappa} for mu in means for kappa in weights]
    return [(part, 1 / len(parts)) for part in parts]


def share(of, parts):
    return [(part, of * weight) for part, weight in parts]


def rates(world):
    """Behaviours with their probabilities. A huge kappa is a rate that all revisions share."""
    if world == "constant":
        same = [1e6]
        always, often, rarely = uneven([0.9999], same), uneven(grid(0.4, 0.95), same), uneven(grid(0.05, 0.35), same)
        return share(0.4, always) + share(0.3, often) + share(0.3, rarely)
    if world == "uneven":
        means = [mean for u in grid(0, 1) for mean in (u * u, 1 - u * u)]
        return uneven([min(max(mean, 0.02), 0.98) for mean in means], [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0])
    if world == "flaky":
        return uneven(grid(0.1, 0.3), [4.0, 8.0, 16.0, 32.0, 64.0])
    if world == "burst":
        parts = [
            {"kind": "repeating", "theta": theta, "repeat": repeat}
            for theta in grid(0.1, 0.9)
            for repeat in grid(0.6, 0.9, 7)
        ]
        return [(part, 1 / len(parts)) for part in parts]
    sys.exit(f"{world}: found no distribution of rates for this world, expected constant, uneven, flaky or burst")


def main(world, fitted):
    with open(fitted, encoding="utf-8") as file:
        prior = json.load(file)
    parts = rates(world)
    weights = [weight for _, weight in parts]
    # As sure as if it had been learned from this many bisections.
    sure = 1000
    prior["rates"] = {
        "parts": [part for part, _ in parts],
        "prior": weights,
        "start": weights,
        "sums": [weight * sure for weight in weights],
    }
    json.dump(prior, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
