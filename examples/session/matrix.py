#!/usr/bin/env python3
"""A session whose runs are the jobs of a matrix in GitHub Actions; github.yml calls it.

    matrix.py ask STATE WORKERS GOOD BAD    prints the matrix of what to run now, an empty one when the search is over
    matrix.py run LEASE COMMAND             runs COMMAND in this folder as often as LEASE says, and prints the answer
    matrix.py tell STATE FOLDER             tells the answers in the files of FOLDER
    matrix.py next STATE WORKFLOW ISSUE     starts WORKFLOW again, or comments on ISSUE when the search is over

Exit code 0 of COMMAND is a pass, 125 says nothing, 127 that the candidate cannot be run, any other a failure. A job that dies
leaves no answer, and its lease expires. BISECTSTAT names the program, EXPIRES says how long a lease is good for, WAIT how many
seconds to wait when all is asked for, and INPUTS holds the inputs of the workflow as JSON.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

PROGRAM = os.environ.get("BISECTSTAT", "bisectstat")


def session(state, *words, **more):
    return subprocess.run([PROGRAM, "session", *words, "--state", state], stdout=subprocess.PIPE, text=True, **more)


def ask(state, workers, good, bad):
    if not os.path.exists(state):
        session(state, "start", "--good", good, "--bad", bad).check_returncode()
    while True:
        expires = os.environ.get("EXPIRES", "1h")
        asked = session(state, "ask", "--workers", workers, "--expires", expires, "--format", "json")
        if asked.returncode > 1 or asked.returncode < 0:
            return asked.returncode
        leases = json.loads(asked.stdout)["leases"]
        if leases or asked.returncode:
            print("matrix=" + (json.dumps({"include": leases}) if leases else ""))
            return 0
        time.sleep(float(os.environ.get("WAIT", "60")))


def run(lease, command):
    lease, codes = json.loads(lease), []
    while sum(code != 125 for code in codes) < lease["runs"] and codes[-3:] != [125] * 3:
        codes.append(subprocess.run(command, shell=True, stdout=sys.stderr).returncode)
        if codes[-1] == 127:
            print(json.dumps({"id": lease["id"], "outcome": "skip", "why": "the test cannot be started"}))
            return 0
    told = [code for code in codes if code != 125]
    answer = {"runs": f"{sum(code != 0 for code in told)}/{len(told)}"} if told else {"outcome": "void"}
    print(json.dumps({"id": lease["id"], **answer}))
    return 0


def tell(state, folder):
    answers = "".join(file.read_text() for file in sorted(pathlib.Path(folder).rglob("*.json")))
    if not answers:
        sys.exit("no job has left an answer: see why, then start the workflow again")
    told = session(state, "tell", "-", input=answers)
    print(told.stdout, end="")
    return told.returncode


def go_on(state, workflow, issue):
    status = json.loads(session(state, "status", "--format", "json").stdout)
    if status["ended"] is None:
        words, text = ["workflow", "run", workflow, "--ref", os.environ["GITHUB_REF_NAME"], "--json"], os.environ["INPUTS"]
    else:
        words, text = ["issue", "comment", issue, "--body-file", "-"], f"```text\n{session(state, 'status').stdout}```\n"
    return subprocess.run(["gh", *words], input=text, text=True).returncode


VERBS = {"ask": ask, "run": run, "tell": tell, "next": go_on}

if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in VERBS:
        sys.exit(__doc__)
    sys.exit(VERBS[sys.argv[1]](*sys.argv[2:]))
