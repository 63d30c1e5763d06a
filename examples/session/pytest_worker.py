#!/usr/bin/env python3
"""Runs a test of pytest for a session, in a worktree of its own, until the search is over. Start it in the repository.

    pytest_worker.py STATE TEST

TEST names one test, as `tests/test_net.py::test_retry`. A candidate where pytest cannot collect it, or skips it, is told as one
that cannot be run; when pytest itself breaks, the run says nothing.
BISECTSTAT names the program, EXPIRES says how long a lease is good for, WAIT how many seconds to wait for the others.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from xml.etree import ElementTree

PROGRAM = os.environ.get("BISECTSTAT", "bisectstat")
CANNOT = {2: "pytest cannot collect the test", 4: "pytest finds no such test, or cannot import it", 5: "pytest collects no test"}


def session(state, *words):
    return subprocess.run([PROGRAM, "session", *words, "--state", state], stdout=subprocess.PIPE, text=True)


def checked_out(tree, lease):
    words = [["checkout", "--quiet", "--force", "--detach", lease["candidate"]], ["clean", "--quiet", "-ffdx"]]
    words += [["revert", "--no-commit", lease["without"]]] if lease["without"] else []
    return all(subprocess.run(["git", "-C", tree, *command]).returncode == 0 for command in words)


def run(tree, test, lease):
    """The answer to a lease, as words of `session tell`."""
    if not checked_out(tree, lease):
        return ["skip", "--why", "git cannot check it out"]
    report, all_runs, broken = f"{tree}.xml", ElementTree.Element("testsuites"), 0
    while len(all_runs) < lease["runs"] and broken < 3:
        code = subprocess.run(["pytest", test, "--junitxml", report], cwd=tree).returncode
        if code in CANNOT:
            return ["skip", "--why", CANNOT[code]]
        broken = 0 if code in (0, 1) else broken + 1
        if not broken:
            all_runs.extend(ElementTree.parse(report).getroot().iter("testsuite"))
    if not len(all_runs):
        return ["void"]
    if all(case.find("skipped") is not None for case in all_runs.iter("testcase")):
        return ["skip", "--why", "pytest skips the test"]
    ElementTree.ElementTree(all_runs).write(report)
    return ["--junit", report]


def work(tree, state, test):
    while True:
        asked = session(state, "ask", "--expires", os.environ.get("EXPIRES", "1h"), "--format", "json")
        if asked.returncode == 1:
            return session(state, "status").returncode
        if asked.returncode:
            return asked.returncode
        leases = json.loads(asked.stdout)["leases"]
        for lease in leases:
            told = session(state, "tell", lease["id"], *run(tree, test, lease))
            if told.returncode:
                return told.returncode
        if not leases:
            time.sleep(float(os.environ.get("WAIT", "10")))


def main(state, test):
    with tempfile.TemporaryDirectory() as folder:
        tree = f"{folder}/tree"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", tree], check=True)
        try:
            return work(tree, state, test)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    status = main(*sys.argv[1:])
    print(session(sys.argv[1], "status").stdout, end="")
    sys.exit(status)
