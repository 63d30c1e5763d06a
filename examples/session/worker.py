#!/usr/bin/env python3
"""Runs the test of a session on this machine, until the search is over.

    worker.py STATE CMD ...

Runs `CMD ... CANDIDATE` as often as it is asked for. Exit code 0 is a pass, 125 says nothing, 127 that the candidate cannot
be run, any other a failure. Start one on each machine that sees the file STATE; each asks for its own runs.
BISECTSTAT names the program, EXPIRES says how long a lease is good for, WAIT how many seconds to wait for the others.
"""

import json
import os
import subprocess
import sys
import time

PROGRAM = os.environ.get("BISECTSTAT", "bisectstat")


def session(state, *words):
    return subprocess.run([PROGRAM, "session", *words, "--state", state], stdout=subprocess.PIPE, text=True)


def run(command, lease):
    """The answer to a lease, as words of `session tell`."""
    failed = told = void = 0
    while told < lease["runs"] and void < 3:
        code = subprocess.run([*command, lease["candidate"]]).returncode
        if code == 127:
            return ["skip", "--why", "the test cannot be started"]
        void = void + 1 if code == 125 else 0
        told += code != 125
        failed += code not in (0, 125)
    return ["--runs", f"{failed}/{told}"] if told else ["void"]


def main(state, *command):
    while True:
        asked = session(state, "ask", "--expires", os.environ.get("EXPIRES", "1h"), "--format", "json")
        if asked.returncode == 1:
            return session(state, "status").returncode
        if asked.returncode:
            return asked.returncode
        leases = json.loads(asked.stdout)["leases"]
        for lease in leases:
            if lease["without"]:
                sys.exit(f"{lease['id']} wants {lease['without']} reverted first, which this worker cannot do")
            session(state, "tell", lease["id"], *run(command, lease))
        if not leases:
            time.sleep(float(os.environ.get("WAIT", "10")))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    status = main(*sys.argv[1:])
    print(session(sys.argv[1], "status").stdout, end="")
    sys.exit(status)
