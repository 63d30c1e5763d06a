"""Histories with branches as real git repositories, and what git would test next in them."""

import hashlib
import subprocess
from bisect import bisect_left


class Tree:
    """A history: commits in an order in which parents come first, a main line with merges, and tags of releases on it."""

    def __init__(self, dice, folder, releases, size, branched=True):
        self.folder, self.size, self.parents, self.main, self.tags = folder, size, [], [], {}
        self.commit([])
        self.main.append(0)
        for release in range(releases):
            self.grow(dice, size * dice.uniform(0.8, 1.2), branched)
            self.tags[self.tip()] = f"v5.{release}"
        self.grow(dice, size * dice.uniform(0.5, 0.9), branched)
        self.releases = sorted(self.tags)
        self.names, self.numbers, self.asked = [], {}, {}

    def tip(self):
        """The newest commit of the main line."""
        return self.main[-1]

    def commit(self, parents):
        """A new commit."""
        self.parents.append(tuple(parents))
        return len(self.parents) - 1

    def grow(self, dice, count, branched):
        """Goes on with the main line by about so many commits, most of them on branches that are merged."""
        end = len(self.parents) + count
        while len(self.parents) < end:
            if branched and dice.random() < 0.25:
                branch = self.branch(dice, depth=dice.choice((0, 0, 1)))
                self.main.append(self.commit([self.tip(), branch]))
            else:
                self.main.append(self.commit([self.tip()]))

    def branch(self, dice, depth):
        """A branch that forked some time ago, perhaps with branches of its own."""
        back = int(dice.expovariate(1 / 250))
        tip = self.main[max(0, len(self.main) - 1 - back)]
        for _ in range(1 + min(int(dice.lognormvariate(1.9, 1.1)), 400)):
            tip = self.commit([tip])
            if depth and dice.random() < 0.05:
                tip = self.commit([tip, self.branch(dice, depth - 1)])
        return tip

    def store(self):
        """Writes the repository and learns the names of its commits."""
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.folder)], check=True)
        out = []
        for i, parents in enumerate(self.parents):
            message = self.subject(i)
            out.append(f"commit refs/heads/tips/all\nmark :{i + 1}\ncommitter A. Writer <writer@example.org> {1500000000 + 600 * i} +0000\n")
            out.append(f"data {len(message)}\n{message}\n")
            out += [f"{'merge' if n else 'from'} :{p + 1}\n" for n, p in enumerate(parents)]
            if not parents:
                out.append(f"M 644 inline README\ndata 5\ntree\n\n")
        out.append(f"reset refs/heads/main\nfrom :{self.tip() + 1}\n\n")
        out += [f"reset refs/tags/{tag}\nfrom :{i + 1}\n\n" for i, tag in self.tags.items()]
        marks = self.folder / "marks"
        command = ["git", "-C", str(self.folder), "fast-import", "--quiet", "--force", f"--export-marks={marks}"]
        subprocess.run(command, input="".join(out).encode(), check=True)
        found = dict(line.split() for line in marks.read_text().splitlines())
        self.names = [found[f":{i + 1}"] for i in range(len(self.parents))]
        self.numbers = {name: i for i, name in enumerate(self.names)}

    def subject(self, i):
        """The first line of a commit's message."""
        if i in self.tags:
            return f"Linux {self.tags[i][1:]}"
        area = AREAS[int(hashlib.sha1(f"{i // 7}".encode()).hexdigest(), 16) % len(AREAS)]
        return f"Merge branch '{area}-next-{i}'" if len(self.parents[i]) > 1 else f"{area}: change {i} of the request path"

    def holders(self, commit):
        """Of every commit whether its history holds this one."""
        has = bytearray(len(self.parents))
        has[commit] = 1
        for i in range(commit + 1, len(self.parents)):
            if any(has[p] for p in self.parents[i]):
                has[i] = 1
        return has

    def history(self, commit):
        """Of every commit whether it is in the history of this one."""
        seen, todo = bytearray(len(self.parents)), [commit]
        seen[commit] = 1
        while todo:
            for parent in self.parents[todo.pop()]:
                if not seen[parent]:
                    seen[parent] = 1
                    todo.append(parent)
        return seen

    def walked(self, start):
        """The releases in its history, newest first: they lie on the main line, as does every start."""
        return self.releases[: bisect_left(self.releases, start)][::-1]

    def next(self, bad, good):
        """What git tests between a bad revision and good ones, revisions left, steps left."""
        key = (bad, tuple(good))
        if key not in self.asked:
            self.asked[key] = self.ask(bad, good)
        return self.asked[key]

    def ask(self, bad, good):
        """Asks git."""
        names = [self.names[bad], *(f"^{self.names[g]}" for g in good)]
        command = ["git", "-C", str(self.folder), "rev-list", "--bisect-vars", *names]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = dict(line.split("=") for line in said.splitlines())
        return found["bisect_rev"].strip("'"), int(found["bisect_good"]), int(found["bisect_steps"])


AREAS = ("net", "fs/journal", "block", "usb", "sound", "mm", "bpf", "tipc", "io_uring", "crypto", "kvm", "drm", "nfc", "can", "ntfs")


def replay(tree, log):
    """What git itself prints when a log's verdicts are told to it, and what the log says it printed."""
    subprocess.run(["git", "-C", str(tree.folder), "bisect", "reset"], capture_output=True, check=False)
    said, written = [], []
    for line in log.splitlines():
        if line.startswith("# git bisect "):
            words = line.split()[2:]
            if words[1] == "start":
                words.insert(2, "--no-checkout")
            done = subprocess.run(["git", "-C", str(tree.folder), *words], capture_output=True, text=True, check=False)
            said += [out for out in done.stdout.splitlines() if told_by_git(out)]
        elif told_by_git(line):
            written.append(line)
    return said, written


def told_by_git(line):
    """Whether a line is git's word on where it stands."""
    return line.startswith("Bisecting: ") or line.endswith(" is the first bad commit") or (line[:1] == "[" and line[41:42] == "]")
