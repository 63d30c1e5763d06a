#!/usr/bin/env python3
"""How long `bisectstat history` takes, and how much memory, over a CI of a given size: from one Parquet table with a row for each
run, and from JUnit reports in 40 folders.

    benches/histories.py [--program target/release/bisectstat] [--tests 2000] [--commits 300] [--runs 3]

Half of the tests never fail, as in most CIs; the others fail at rates that change once or twice. `pip install pyarrow` for
the table; without it, the table is CSV. GNU time tells the peak memory.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile


def rates(dice, commits):
    """The failure rate of a test at each commit."""
    if dice.random() < 0.5:
        return [0.0] * commits
    places = sorted(dice.sample(range(1, commits), dice.choice([0, 1, 2])))
    line, rate = [], dice.choice([0.0, 0.02, 0.3, 1.0])
    for commit in range(commits):
        if places and commit == places[0]:
            places.pop(0)
            rate = dice.choice([0.0, 0.05, 0.4, 1.0])
        line.append(rate)
    return line


def simulated(asked):
    """Which runs fail: by test, then by commit, then by run."""
    dice = random.Random(1)
    lines = [rates(dice, asked.commits) for _ in range(asked.tests)]
    return [[[dice.random() < rate for _ in range(asked.runs)] for rate in line] for line in lines]


def commit_name(commit):
    return f"{commit * 0x9E3779B97F4A7C15 % 2**64:016x}"


def table(folder, asked, failed):
    rows = [
        (f"suite.test_{test:05}", commit_name(commit), commit, "fail" if fails else "pass")
        for test, line in enumerate(failed)
        for commit, runs in enumerate(line)
        for fails in runs
    ]
    names = ["test", "commit", "order", "outcome"]
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        path = os.path.join(folder, "runs.csv")
        with open(path, "w") as out:
            out.write(",".join(names) + "\n")
            out.writelines(f"{a},{b},{c},{d}\n" for a, b, c, d in rows)
        return path
    path = os.path.join(folder, "runs.parquet")
    columns = dict(zip(names, map(list, zip(*rows))))
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


def reports(folder, asked, failed):
    """One report for each run of the suite; the commits of a folder follow each other."""
    top = os.path.join(folder, "junit")
    for commit in range(asked.commits):
        part = os.path.join(top, f"part-{commit * 40 // asked.commits:02}")
        os.makedirs(part, exist_ok=True)
        for run in range(asked.runs):
            cases = "".join(
                f'<testcase classname="suite" name="test_{test:05}" time="0.01">'
                + ('<failure message="expected 3, found 4"/>' if line[commit][run] else "")
                + "</testcase>\n"
                for test, line in enumerate(failed)
            )
            name = f"{commit:04}-{commit_name(commit)}-run{run}.xml"
            with open(os.path.join(part, name), "w") as out:
                out.write(f'<testsuite name="suite">\n{cases}</testsuite>\n')
    return top


def measure(program, path):
    time = ["/usr/bin/time", "-f", "%e s, %M kB at most"] if os.path.exists("/usr/bin/time") else []
    ran = subprocess.run([*time, program, "history", path, "--top", "3"], capture_output=True, text=True)
    if ran.returncode:
        sys.exit(ran.stderr)
    print(f"{os.path.basename(path)}: {ran.stderr.strip().splitlines()[-1]}")
    print(f"  {ran.stdout.splitlines()[0]}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", default="target/release/bisectstat")
    arguments.add_argument("--tests", type=int, default=2000)
    arguments.add_argument("--commits", type=int, default=300)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--keep", metavar="FOLDER", help="put the inputs here, and leave them")
    asked = arguments.parse_args()
    failed = simulated(asked)
    with tempfile.TemporaryDirectory() as passing:
        folder = asked.keep or passing
        for made in (table, reports):
            measure(asked.program, made(folder, asked, failed))


if __name__ == "__main__":
    main()
