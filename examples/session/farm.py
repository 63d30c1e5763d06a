#!/usr/bin/env python3
"""Hands the runs of a session to a farm of machines that takes jobs, and tells what comes back.

    farm.py STATE WORKERS SUBMIT STATUS

`SUBMIT CANDIDATE RUNS` starts a job and prints its name. `STATUS JOB` prints `running`; or how many runs failed of how many,
as `2/10`; or `void` when the job was lost, or `skip` when the candidate cannot be run. Both are words of the shell.
BISECTSTAT names the program, WAIT how many seconds to wait between two looks at the farm.
"""

import json
import os
import shlex
import subprocess
import sys
import time

PROGRAM = os.environ.get("BISECTSTAT", "bisectstat")


def session(state, *words, **more):
    return subprocess.run([PROGRAM, "session", *words, "--state", state], stdout=subprocess.PIPE, text=True, **more)


def farm(words, *arguments):
    return subprocess.run([*shlex.split(words), *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def main(state, workers, submit, status):
    jobs = {}
    while True:
        answers = []
        for job, lease in list(jobs.items()):
            came = farm(status, job)
            if came != "running":
                answers.append({"id": lease, "runs" if "/" in came else "outcome": came})
                del jobs[job]
        if answers:
            lines = "".join(json.dumps(answer) + "\n" for answer in answers)
            session(state, "tell", "-", input=lines)
        if len(jobs) < int(workers):
            asked = session(state, "ask", "--workers", str(int(workers) - len(jobs)), "--format", "json")
            if asked.returncode == 1:
                return session(state, "status").returncode
            if asked.returncode:
                return asked.returncode
            for lease in json.loads(asked.stdout)["leases"]:
                jobs[farm(submit, lease["candidate"], str(lease["runs"]))] = lease["id"]
        time.sleep(float(os.environ.get("WAIT", "10")))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    status = main(*sys.argv[1:])
    print(session(sys.argv[1], "status").stdout, end="")
    sys.exit(status)
