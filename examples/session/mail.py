#!/usr/bin/env python3
"""Bisects with syzbot by mail: says what to send, and reads what comes back.

    mail.py ask STATE URL [LEASES]         prints the lines to send, each in a reply of its own to the report of the bug
    mail.py reply STATE [--now] FILE...    reads replies of syzbot, as plain text or whole mails, and tells them

The session searches commits, and syzbot can fetch them from URL. A lease is told once it has as many replies as runs, or with
--now; of the replies, a build or boot that failed is no run. STATE.mail keeps what was asked for and read: a reply counts once.
BISECTSTAT names the program, EXPIRES says how long a lease is good for.
"""

import email.policy
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

PROGRAM = os.environ.get("BISECTSTAT", "bisectstat")
PASS = r"^syzbot\s+has\s+tested\s+the\s+proposed\s+patch\s+and\s+the\s+reproducer\s+did\s+not\s+trigger\s+any\s+issue"
FAIL = r"^syzbot\s+has\s+tested\s+the\s+proposed\s+patch\s+but\s+the\s+reproducer\s+is\s+still\s+triggering\s+an\s+issue:\s+(.+)"
SKIP = r"^syzbot\s+tried\s+to\s+test\s+the\s+proposed\s+patch\s+but\s+the\s+build/boot\s+failed:"


def session(state, *words):
    return subprocess.run([PROGRAM, "session", *words, "--state", state], stdout=subprocess.PIPE, text=True)


def ask(state, leases, url, count="1"):
    asked = session(state, "ask", "--workers", count, "--expires", os.environ.get("EXPIRES", "48h"), "--format", "json")
    for lease in json.loads(asked.stdout or "{}").get("leases", []):
        name, commit, runs = lease["id"], lease["candidate"], lease["runs"]
        if lease["without"]:
            print(f"{name}: syzbot does not revert {lease['without']}: run {commit} elsewhere", file=sys.stderr)
            continue
        leases[name] = {"commit": commit, "runs": runs, "replies": {}, "told": False}
        print(f"{name}: {runs} to send, each line in a mail of its own", *[f"#syz test: {url} {commit}"] * runs, sep="\n")
    return asked.returncode


def read(mail):
    """The commit of a reply, and what syzbot says: a title, or that the run passed, or that there was none."""
    if "Content-Type" not in mail:
        mail["Content-Type"] = "text/plain; charset=utf-8"
    body = mail.get_body(("plain",)) if "syzbot" in mail.get("From", "syzbot") else None
    report, _, tested = ("" if body is None else body.get_content()).rpartition("\nTested on:")
    found = [match for words in (PASS, FAIL, SKIP) for match in re.finditer(words, report, re.M)]
    commits = re.findall(r"^commit:\s+([0-9a-f]{8,40})\b", tested, re.M)
    if len(found) != 1 or len(commits) != 1:
        raise ValueError("this is no reply of syzbot, or it names no commit")
    title = found[0].group(1).strip() if found[0].re.groups else None
    return commits[0], {"title": title, "runs": not re.match(SKIP, found[0].group())}


def place(leases, data):
    """Keeps a reply with the first lease of its commit that waits for one."""
    key = hashlib.sha256(data).hexdigest()
    if any(key in lease["replies"] for lease in leases.values()):
        return
    commit, said = read(email.message_from_bytes(data, policy=email.policy.default))
    fits = [lease for lease in leases.values() if lease["commit"].startswith(commit)]
    waits = [lease for lease in fits if not lease["told"] and len(lease["replies"]) < lease["runs"]]
    if not waits or len({lease["commit"] for lease in fits}) > 1:
        raise ValueError(f"{commit} is not the commit of one lease that waits for a reply")
    waits[0]["replies"][key] = said


def reply(state, leases, *files):
    errors = []
    for file in files:
        try:
            if file != "--now":
                place(leases, pathlib.Path(file).read_bytes())
        except (LookupError, OSError, ValueError) as error:
            errors.append(f"{file}: {error}")
    for name, lease in leases.items():
        if lease["told"] or len(lease["replies"]) < (1 if "--now" in files else lease["runs"]):
            continue
        runs = [said["title"] for said in lease["replies"].values() if said["runs"]]
        titles = [title for title in runs if title]
        counts = ["--runs", f"{len(titles)}/{len(runs)}", *(["--title", titles[0]] if titles else [])]
        if len(set(titles)) > 1:
            errors.append(f"{name}: its {len(runs)} runs failed in several ways, tell it by hand: {titles}")
        else:
            told = session(state, "tell", name, *(counts if runs else ["skip", "--why", "syzbot cannot build or boot it"]))
            print(told.stdout, end="")
        lease["told"] = True
    return "\n".join(errors) or None


def main(verb, state, *words):
    file = pathlib.Path(state + ".mail")
    leases = json.loads(file.read_text()) if file.exists() else {}
    code = {"ask": ask, "reply": reply}[verb](state, leases, *words)
    file.write_text(json.dumps(leases))
    return code


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in ("ask", "reply"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
