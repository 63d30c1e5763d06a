"""Bugs of a tree, and bisections of them as syzbot runs them."""

import math

KINDS = ("KASAN: use-after-free Read in {}", "KASAN: slab-out-of-bounds Read in {}", "general protection fault in {}",
         "WARNING in {}", "INFO: task hung in {}", "BUG: unable to handle kernel NULL pointer dereference in {}",
         "possible deadlock in {}", "memory leak in {}")
AREAS = ("nft", "tipc", "sctp", "btrfs", "io_wq", "nbd", "snd_seq", "vhost", "kvm", "bpf", "can_rx", "ntfs", "jfs", "l2cap", "fuse", "udf")
VERBS = ("release", "lookup", "commit", "poll", "flush", "attach", "drain", "resize", "unbind", "walk", "submit", "wait")
ENDS = ("", "", "_locked", "_one", "_work", "_rcu", "_entry", "_slow")


class Features:
    """What a world has. All are shares of bugs or logs, but `others`, which is a mean."""

    def __init__(self, titles=0.0, others=0.0, background=0.0, hidden=0.0, spells=0.0, branched=True, fix=False):
        self.titles, self.others, self.background = titles, others, background
        self.hidden, self.spells, self.branched, self.fix = hidden, spells, branched, fix


WORLDS = {
    "line": Features(branched=False),
    "branches": Features(),
    "titles": Features(titles=0.9),
    "others": Features(titles=0.5, others=2.0),
    "background": Features(background=0.8),
    "hidden": Features(hidden=0.15),
    "fix": Features(titles=0.45, others=0.55, background=0.06, spells=0.03, fix=True),
    "mixed": Features(titles=0.45, others=0.55, background=0.06, hidden=0.15, spells=0.03),
}


def logistic(x):
    """A rate from its log odds."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, x))))


def rate_of(dice):
    """How often a reproducer shows its bug: about half nearly always, the others anything, seldom rates among them."""
    kind = dice.random()
    if kind < 0.45:
        return dice.uniform(0.9, 0.999)
    return dice.uniform(0.1, 0.9) if kind < 0.8 else math.exp(dice.uniform(math.log(0.03), math.log(0.3)))


class Bug:
    """A bug: where it begins and ends, under which titles it shows, how even its rate is."""

    def __init__(self, dice, tree, features, taken):
        self.found = dice.randrange(int(len(tree.main) * 0.4), len(tree.main))
        at = tree.main[self.found]
        history = tree.history(at)
        age = min(int(dice.lognormvariate(8.2, 2.0) * tree.size / 9000), at)
        self.begin = next(i for i in range(at - age, -1, -1) if history[i])
        self.has = tree.holders(self.begin)
        self.titles, self.renamed = self.name(dice, tree, features, taken)
        self.weights = [dice.gammavariate(0.8, 1.0) + 0.02 for _ in self.titles]
        self.even = dice.choice((0.0, 0.0, dice.uniform(0.3, 1.5)))
        self.mixing = dice.choice((1.0, 4.0, 40.0))
        self.speed = dice.lognormvariate(0.0, 0.7)
        self.stop, self.stops = None, None

    def end(self, dice, tree):
        """Ends it at some commit after it was found, on a branch or not."""
        at = tree.main[self.found] + int(dice.expovariate(1 / tree.size))
        self.stop = next((i for i in range(at, len(tree.parents)) if self.has[i]), None)
        if self.stop is None:
            return
        self.stops = tree.holders(self.stop)

    def name(self, dice, tree, features, taken):
        """Its titles, and for some a commit before which its function had another name."""
        while True:
            area, verb = dice.choice(AREAS), dice.choice(VERBS)
            function = f"{area}_{verb}{dice.choice(ENDS)}"
            if function not in taken:
                break
        taken.add(function)
        count = dice.randint(2, 5) if dice.random() < features.titles else 1
        kinds = dice.sample(KINDS, count)
        functions = [function]
        renamed = None
        if count > 1 and dice.random() < 0.5:
            other = f"{area}_{dice.choice(VERBS)}{dice.choice(ENDS)}"
            taken.add(other)
            functions.append(other)
            if dice.random() < 0.5:
                since = dice.randrange(self.begin, len(tree.parents))
                return [kinds[0].format(function), kinds[0].format(other)], tree.holders(since)
        return list(dict.fromkeys(kind.format(dice.choice(functions)) for kind in kinds)), renamed

    def present(self, commit):
        """Whether a revision has it."""
        return bool(self.has[commit]) and not (self.stops and self.stops[commit])


class Runs:
    """How the revisions answer one reproducer."""

    def __init__(self, dice, tree, bugs, bug, start, features):
        self.dice, self.bug, self.answers = dice, bug, {}
        self.rates = {id(bug): rate_of(dice)}
        self.cast = [bug]
        alive = [other for other in bugs if other is not bug and any(other.has)]
        count = min(poisson(dice, features.others), len(alive))
        for other in dice.sample(alive, count):
            self.cast.append(other)
            self.rates[id(other)] = dice.choice((dice.uniform(0.01, 0.15), dice.uniform(0.05, 0.5), dice.uniform(0.3, 0.95)))
        self.background = dice.uniform(0.01, 0.3) if dice.random() < features.background else 0.0
        self.shows = self.bug.begin if not features.hidden else self.feature(tree, start, features.hidden)
        self.visible = tree.holders(self.shows)
        self.damped = range(0)
        if dice.random() < features.spells:
            first = dice.randrange(1, 12)
            self.damped = range(first, first + dice.randint(2, 5))
            self.damping = dice.uniform(0.0, 0.3)
        self.tests = 0

    def feature(self, tree, start, hidden):
        """Where the bug begins to show: at each release walked back it may be lost, though it was there."""
        newer = start
        for release in tree.walked(start):
            if self.dice.random() < hidden:
                inside, outside = tree.history(newer), tree.history(release)
                lost = [i for i in range(len(inside)) if inside[i] and not outside[i] and self.bug.has[i]]
                return self.dice.choice(lost) if lost and self.bug.has[release] else self.bug.begin
            newer = release
        return self.bug.begin

    def test(self, commit, count):
        """The titles of so many runs of a revision, None where a run passed, and text in angle brackets where it said nothing."""
        rates = self.here(commit)
        outcomes = [self.run(rates) for _ in range(count)]
        if self.dice.random() < 0.04:
            for i in self.dice.sample(range(count), self.dice.randint(1, 3)):
                outcomes[i] = "<boot failed: can't ssh into the instance>"
        self.tests += 1
        return outcomes

    def here(self, commit):
        """What can fire at a revision: rate, speed and a mix of titles each."""
        damp = self.damping if self.tests in self.damped else 1.0
        fires = []
        for bug in self.cast:
            if bug.present(commit) and (bug is not self.bug or self.visible[commit]):
                rate = self.rates[id(bug)]
                if bug.even:
                    rate = logistic(math.log(rate / (1 - rate)) + self.dice.gauss(0.0, bug.even))
                fires.append((rate * damp, bug.speed, self.mix(bug, commit)))
        if self.background:
            fires.append((self.background * damp, self.bug.speed, [(self.bug.titles[0], 1.0)]))
        return fires

    def mix(self, bug, commit):
        """The titles of a bug at one revision, with weights of this revision."""
        if bug.renamed is not None:
            return [(bug.titles[1 if bug.renamed[commit] else 0], 1.0)]
        total = sum(bug.weights)
        return [(t, self.dice.gammavariate(bug.mixing * w / total + 1e-3, 1.0)) for t, w in zip(bug.titles, bug.weights)]

    def run(self, fires):
        """One run: all that fire race, the first to crash is seen."""
        racing = [(self.dice.expovariate(speed), mix) for rate, speed, mix in fires if self.dice.random() < rate]
        if not racing:
            return None
        mix = min(racing, key=lambda racer: racer[0])[1]
        weights = [w for _, w in mix]
        return self.dice.choices([t for t, _ in mix], weights if sum(weights) > 0 else None)[0]


def poisson(dice, mean):
    """A number of events."""
    limit, product, count = math.exp(-mean), dice.random(), 0
    while product > limit:
        product *= dice.random()
        count += 1
    return count


class Bisection:
    """One bisection, tested and written down step by step."""

    def __init__(self, dice, tree, runs, start, fix):
        self.dice, self.tree, self.runs, self.start, self.fix = dice, tree, runs, start, fix
        self.old = dice.random() < 0.3  # before flaky reproducers were noticed: 10 runs everywhere
        self.flaky, self.steps, self.lines = False, [], []
        self.ending, self.named, self.released = "", None, 0

    def say(self, line):
        """A line of the log."""
        self.lines.append(line)

    def signature(self, commit):
        """What the compiled kernel looks like."""
        return self.tree.names[commit][:24] + self.tree.names[commit]

    def head(self, commit):
        """The first lines of a test."""
        name = self.tree.names[commit]
        self.say(f"testing commit {name} with gcc (GCC) 8.1.0" if self.old else f"testing commit {name}")
        if not self.old:
            self.say("compiler: gcc (GCC) 10.2.1 20210217, GNU ld (GNU Binutils for Debian) 2.35.1")
        self.say(f"kernel signature: {self.signature(commit)}")

    def test(self, commit, role):
        """Tests a revision: True where a single run crashed, as syzbot decided."""
        self.head(commit)
        count = 20 if not self.old and (self.flaky or not self.steps) else 10
        outcomes = self.runs.test(commit, count)
        self.write(outcomes)
        crashes = sum(o is not None and o[0] != "<" for o in outcomes)
        passes = sum(o is None for o in outcomes)
        if not self.old and not self.flaky and 0 < crashes < passes:
            self.flaky = True
            self.say("reproducer seems to be flaky")
        self.steps.append({"commit": commit, "role": role, "crashes": crashes, "passes": passes, "outcomes": outcomes})
        return crashes > 0

    def write(self, outcomes):
        """The lines of the runs; quick crashes come first, as machines report when they are done."""
        said = [("OK" if o is None else o[1:-1] if o[0] == "<" else f"crashed: {o}") for o in outcomes]
        if len(set(said)) == 1:
            return self.say(f"all runs: {said[0]}")
        said.sort(key=lambda s: (s == "OK") + self.dice.random() * 1.2)
        for i, line in enumerate(said):
            self.say(f"run #{i}: {line}")
        return None

    def go(self):
        """The whole bisection; the log's text."""
        name = self.tree.names[self.start]
        self.say(f"bisecting {'fixing commit since' if self.fix else 'cause commit starting from'} {name}")
        self.say(f"building syzkaller on {self.signature(self.start)[20:60]}")
        if not self.test(self.start, "origin"):
            self.finish("not_reproduced", ["error: the crash wasn't reproduced on the original commit"])
            return "\n".join(self.lines) + "\n"
        if self.fix:
            self.fixing()
            return "\n".join(self.lines) + "\n"
        bad, good = self.walk()
        if good is None:
            said = ["the crash already happened on the oldest tested release",
                    f"commit msg: {self.tree.subject(bad)}", *self.crash(bad)]
            self.finish("oldest_still_bad", said)
        else:
            self.search(bad, good)
        return "\n".join(self.lines) + "\n"

    def titled(self, commit):
        """A title that a revision showed."""
        shown = next(s["outcomes"] for s in reversed(self.steps) if s["commit"] == commit)
        return next(o for o in shown if o is not None and o[0] != "<")

    def walk(self):
        """Back over the releases until one is good: the oldest bad revision and the good one."""
        bad = self.start
        for release in self.tree.walked(self.start):
            self.say(f"testing release {self.tree.tags[release]}")
            self.released += 1
            if not self.test(release, "release"):
                return bad, release
            bad = release
        return bad, None

    def fixing(self):
        """The search for a fix between the start and the newest commit, if that does not crash."""
        newest = self.tree.tip()
        self.say(f"testing current HEAD {self.tree.names[newest]}")
        if self.test(newest, "head"):
            said = ["the crash still happens on HEAD", f"commit msg: {self.tree.subject(newest)}", *self.crash(newest)]
            self.finish("newest_still_bad", said)
        else:
            self.search(newest, self.start)

    def search(self, bad, good):
        """git bisect, by halving; some take too long. In a search for a fix git's "bad" is a revision that does not crash."""
        names, limit = self.tree.names, self.dice.randint(6, 14) if self.dice.random() < 0.04 else 99
        self.say(f"# git bisect start {names[bad]} {names[good]}")
        goods, tested = [good], 0
        while True:
            found, left, steps = self.tree.next(bad, goods)
            commit = self.tree.numbers[found]
            if commit == bad:
                return self.found(bad)
            self.say(f"Bisecting: {left} revision{'s' * (left != 1)} left to test after this (roughly {steps} step{'s' * (steps != 1)})")
            self.say(f"[{found}] {self.tree.subject(commit)}")
            if not self.old:
                self.say("")
            if tested == limit:
                return self.finish("time_limit", ["error: bisection is taking too long (>8h0m0s), aborting"])
            tested += 1
            newer = self.test(commit, "candidate") != self.fix
            self.say(f"# git bisect {'bad' if newer else 'good'} {found}")
            if newer:
                bad = commit
            else:
                goods.append(commit)

    def found(self, culprit):
        """The end of a bisection that names a commit."""
        name, subject, parents = self.tree.names[culprit], self.tree.subject(culprit), self.tree.parents[culprit]
        self.named = culprit
        self.say(f"{name} is the first bad commit\ncommit {name}")
        if len(parents) > 1:
            self.say("Merge: " + " ".join(self.tree.names[p][:12] for p in parents))
        self.say(f"Author: A. Writer <writer@example.org>\nDate:   Mon Mar 1 10:00:00 2021 +0000\n\n    {subject}\n")
        if len(parents) == 1:
            self.say(" net/core/request.c | 11 +++++++----\n 1 file changed, 7 insertions(+), 4 deletions(-)\n")
            if all(step["commit"] != parents[0] for step in self.steps):
                self.say(f"parent commit {self.tree.names[parents[0]]} wasn't tested")
                self.head(parents[0])
            self.say(f"culprit signature: {self.signature(culprit)}\nparent  signature: {self.signature(parents[0])}")
        if self.fix:
            return self.finish("culprit", [f"first good commit: {name} {subject}", 'recipients (to): ["writer@example.org"]', "recipients (cc): []"])
        recipients = 'recipients (to): ["writer@example.org"]\nrecipients (cc): []'
        return self.finish("culprit", [f"first bad commit: {name} {subject}", recipients, *self.crash(culprit)])

    def finish(self, ending, said):
        """The last lines."""
        self.ending = ending
        if self.flaky:
            self.say("Reproducer flagged being flaky")
        tested = len(self.steps)
        self.say(f"revisions tested: {tested}, total time: {tested // 4 + 1}h2m3.5s (build: 1h1m1.5s, test: {tested // 4}h1m2s)")
        self.lines += said

    def crash(self, commit):
        """The report of a crash that a revision showed."""
        title = self.titled(commit)
        function = title.rsplit(" ", 1)[-1]
        return [f"crash: {title}", "Call Trace:", f" {function}+0x1c4/0x2f0 net/core/request.c:321", " ret_from_fork+0x1f/0x30 arch/x86/entry/entry_64.S:294"]
