//! Simulated bisections: the same bytes for the same seed, read back as they were meant, true to their world.

#![cfg(feature = "cli")]

use crate::support;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use bisectstat::evidence::{Bisection, Ending, Kind, Outcome, Role, Source, Verdict};
use bisectstat::ingest::read;
use bisectstat::model::line::TestedLine;
use bisectstat::model::walk::{Count, End, suspected};
use bisectstat::simulate::{HEADER, History, Plan, Protocol, Simulated, StepRecord, Upto, World, simulate};
use support::run;

const PROTOCOLS: [Protocol; 3] = [Protocol::SyzkallerOld, Protocol::SyzkallerNew, Protocol::Git];

const PLAN: Plan = Plan {
    world: World::Uneven,
    protocol: Protocol::SyzkallerOld,
    history: History::Linear,
    kind: Kind::Cause,
    seed: 1,
};

/// Every world by every protocol, history and kind.
fn plans() -> Vec<Plan> {
    let mut plans = Vec::new();
    for world in World::ALL {
        for protocol in PROTOCOLS {
            for history in [History::Linear, History::Branched] {
                plans.extend([Kind::Cause, Kind::Fix].map(|kind| Plan { world, protocol, history, kind, seed: 11 }));
            }
        }
    }
    plans
}

fn many(plan: Plan, count: u64) -> Vec<Simulated> {
    (1..=count).map(|index| simulate(&plan, index)).collect()
}

fn world(world: World, count: u64) -> Vec<Simulated> {
    many(Plan { world, ..PLAN }, count)
}

/// The one bisection of a log, which must be clean.
fn clean(log: &str, what: &str) -> Bisection {
    let reading = read(log.as_bytes(), &Source::new("log")).unwrap();
    assert!(reading.problems.is_empty(), "{what}: {:?}", reading.problems);
    let [bisection] = <[Bisection; 1]>::try_from(reading.bisections).unwrap();
    assert!(bisection.unparsed.is_empty(), "{what}: {:?}", bisection.unparsed);
    bisection
}

/// Steps of the simulated bisections at revisions that have the bug, the origin under another configuration excepted.
fn bad_steps(simulated: &[Simulated]) -> impl Iterator<Item = &StepRecord> {
    let steps = simulated.iter().flat_map(|simulated| &simulated.record.steps);
    steps.filter(|step| step.is_bad && step.counts.trials() > 0 && step.role != Role::Config)
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[test]
fn the_same_seed_gives_the_same_bisection() {
    for plan in plans() {
        assert_eq!(simulate(&plan, 3), simulate(&plan, 3));
        assert_ne!(simulate(&plan, 3).log, simulate(&plan, 4).log);
        assert_ne!(simulate(&plan, 3).log, simulate(&Plan { seed: 12, ..plan }, 3).log);
    }
}

/// FNV-1a.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A change of these bytes changes every figure that was published of simulated bisections.
#[test]
fn the_bytes_are_those_of_every_machine() {
    let all: String = plans().iter().map(|plan| simulate(plan, 1).log).collect();
    assert_eq!(digest(&all), 0x1fa0_3803_3f9d_7b88);
}

#[test]
fn every_log_is_read_as_it_was_meant() {
    for plan in plans() {
        for index in 1..=8 {
            let what = format!("{plan:?} {index}");
            let Simulated { log, record, .. } = simulate(&plan, index);
            let read = clean(&log, &what);
            assert_eq!((read.kind, read.ending), (plan.kind, record.ending), "{what}");
            assert_eq!(read.culprit.as_ref().map(|culprit| culprit.commit), record.named, "{what}");
            assert_eq!(read.candidates, record.candidates, "{what}");
            assert_eq!(read.origin, Some(record.steps[0].commit), "{what}");
            assert_eq!(read.steps.len(), record.steps.len(), "{what}");
            for (read, meant) in read.steps.iter().zip(&record.steps) {
                assert_step(read, meant, &format!("{what} {}", read.line));
            }
        }
    }
}

fn assert_step(read: &bisectstat::evidence::Step, meant: &StepRecord, what: &str) {
    assert_eq!((read.commit, read.role, read.counts()), (meant.commit, meant.role, meant.counts), "{what}");
    assert!(read.complete, "{what}");
    if meant.verdict.is_some() {
        assert_eq!(read.verdict(), meant.verdict, "{what}");
    }
    let titles: Vec<_> = read.runs.iter().filter_map(|run| run.outcome.title()).map(ToString::to_string).collect();
    assert_eq!(titles, meant.titles, "{what}");
}

/// What git prints of a walk without skips is a whole account of it.
#[test]
fn what_git_prints_adds_up() {
    for history in [History::Linear, History::Branched] {
        for simulated in many(Plan { history, ..PLAN }, 40) {
            let read = clean(&simulated.log, "walk");
            let Some(walk) = &read.walk else { continue };
            let counts: Vec<_> =
                walk.moves.iter().map(|m| Count { remaining: m.remaining, side: m.side, picked: m.picked }).collect();
            let solved = suspected(&counts, End { pending: None, named: Some(1) });
            assert!(walk.concluded && solved.reliable.iter().all(|own| *own), "{}", simulated.log);
        }
    }
}

/// Gaps whose size the reader calls exact, on a linear history: all, and those whose size is another.
fn exact_gaps(simulated: &[Simulated]) -> (usize, usize) {
    let (mut exact, mut wrong) = (0, 0);
    for Simulated { log, record, .. } in simulated {
        let numbers: HashMap<_, _> = record.steps.iter().map(|step| (step.commit, step.number)).collect();
        let line = TestedLine::of(&clean(log, "line"));
        for (pair, size) in line.points.windows(2).zip(&line.sizes).filter(|(_, size)| size.exact) {
            let [old, new] = [&pair[0], &pair[1]].map(|point| u64::from(numbers[&point.commit]));
            exact += 1;
            wrong += usize::from(new != old + size.commits);
        }
    }
    (exact, wrong)
}

/// After a skip git may print a count that is not the tested commit's; not every such line can be told.
#[test]
fn gaps_that_are_called_exact_are() {
    let simulated: Vec<_> = [World::Uneven, World::Flaky, World::WrongVerdicts].map(|one| world(one, 80)).concat();
    let (exact, wrong) = exact_gaps(&simulated);
    assert!(exact > 1000 && wrong == 0, "{exact} {wrong}");
    let (exact, wrong) = exact_gaps(&world(World::Voided, 150));
    assert!(exact > 500 && wrong * 100 < exact, "{exact} {wrong}");
}

#[test]
fn the_truth_lies_where_it_is_said_to_lie() {
    for kind in [Kind::Cause, Kind::Fix] {
        let simulated = many(Plan { kind, ..PLAN }, 300);
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for Simulated { log, truth, record } in &simulated {
            let points = TestedLine::of(&clean(log, "truth")).points;
            let step = |i: usize| record.steps.iter().find(|step| step.commit == points[i].commit).unwrap();
            let name = match truth.upto {
                Upto::Older => "older",
                Upto::None => "none",
                Upto::Revision(end) => {
                    let end = points.iter().position(|point| point.commit == end).unwrap();
                    assert!(step(end).has_change && !step(end - 1).has_change, "{log}");
                    if record.named == Some(truth.true_culprit) { "named" } else { "missed" }
                }
            };
            *seen.entry(name).or_default() += 1;
        }
        let expected: &[&str] = match kind {
            Kind::Cause => &["missed", "named", "older"],
            Kind::Fix => &["missed", "named", "none"],
        };
        assert_eq!(seen.keys().copied().collect::<Vec<_>>(), expected, "{seen:?}");
        assert!(seen.values().all(|count| *count >= 3), "{seen:?}");
    }
}

#[test]
fn a_solid_bug_is_found_unless_it_is_too_old() {
    for history in [History::Linear, History::Branched] {
        let plan = Plan { world: World::Constant, history, ..PLAN };
        let solid = many(plan, 150).into_iter().filter(|s| bad_steps(std::slice::from_ref(s)).all(is_solid));
        let mut found = 0;
        for Simulated { truth, record, .. } in solid {
            match record.ending {
                Ending::Culprit => assert_eq!(record.named, Some(truth.true_culprit)),
                ending => assert_eq!((ending, truth.upto), (Ending::OldestStillBad, Upto::Older)),
            }
            found += usize::from(record.named.is_some());
        }
        assert!(found > 30, "{found}");
    }
}

fn is_solid(step: &StepRecord) -> bool {
    step.counts.passes == 0
}

#[test]
fn flaky_bugs_crash_one_time_in_five() {
    let simulated = world(World::Flaky, 600);
    let origins = simulated.iter().map(|simulated| simulated.record.steps[0].counts);
    let (crashes, trials) = origins.fold((0, 0), |(c, t), counts| (c + counts.crashes, t + counts.trials()));
    let mean = share(crashes as usize, trials as usize);
    assert!((mean - 0.2).abs() < 0.03, "{mean}");
}

/// The variance of the rates at the bad revisions of one bisection, beyond what runs of one rate would show.
fn spread(simulated: &[Simulated]) -> f64 {
    let spreads: Vec<f64> = simulated.iter().filter_map(|one| spread_of_one(std::slice::from_ref(one))).collect();
    spreads.iter().sum::<f64>() / share(spreads.len(), 1)
}

fn spread_of_one(one: &[Simulated]) -> Option<f64> {
    let counts: Vec<_> = bad_steps(one).map(|step| step.counts).collect();
    let (crashes, trials) = counts.iter().fold((0, 0), |(c, t), n| (c + n.crashes, t + n.trials()));
    let mean = f64::from(crashes) / f64::from(trials);
    let chi = |n: &bisectstat::evidence::Counts| {
        let (k, n) = (f64::from(n.crashes), f64::from(n.trials()));
        (k - n * mean).powi(2) / (n * mean * (1.0 - mean))
    };
    let inside = counts.len() > 2 && crashes > 0 && crashes < trials;
    inside.then(|| counts.iter().map(chi).sum::<f64>() / share(counts.len() - 1, 1))
}

#[test]
fn rates_are_constant_uneven_or_adrift() {
    let [constant, uneven, trend, burst] =
        [World::Constant, World::Uneven, World::Trend, World::Burst].map(|one| spread(&world(one, 200)));
    assert!((0.7..1.2).contains(&constant), "{constant}");
    assert!(uneven > 1.3 && trend > 1.3 && burst > 1.3, "{uneven} {trend} {burst}");
}

#[test]
fn bursts_repeat() {
    let changes = |one| {
        let logs = world(one, 150);
        let (mut changes, mut expected) = (0.0, 0.0);
        for log in &logs {
            let origin = &clean(&log.log, "burst").steps[0];
            let crashed: Vec<_> = origin.runs.iter().map(|run| matches!(run.outcome, Outcome::Crash(_))).collect();
            let rate = share(crashed.iter().filter(|crash| **crash).count(), crashed.len());
            changes += share(crashed.windows(2).filter(|pair| pair[0] != pair[1]).count(), crashed.len() - 1);
            expected += 2.0 * rate * (1.0 - rate);
        }
        changes / expected
    };
    let (constant, burst) = (changes(World::Constant), changes(World::Burst));
    assert!((0.9..1.2).contains(&constant) && burst < 0.6, "{constant} {burst}");
}

#[test]
fn other_bugs_and_other_names_show() {
    let titles = |simulated: &[Simulated]| {
        let sets = simulated.iter().map(|one| {
            let titles: BTreeSet<_> = one.record.steps.iter().flat_map(|step| &step.titles).collect();
            titles.len()
        });
        share(sets.sum(), simulated.len())
    };
    let [uneven, noisy, rename] = [World::Uneven, World::Noisy, World::Rename].map(|one| world(one, 200));
    assert!(titles(&uneven) <= 1.0);
    assert!(titles(&noisy) > 2.0, "{}", titles(&noisy));
    assert!((1.3..=2.0).contains(&titles(&rename)), "{}", titles(&rename));
    let foreign = |simulated: &[Simulated]| {
        let steps = simulated.iter().flat_map(|one| &one.record.steps);
        steps.filter(|step| !step.is_bad && step.counts.crashes > 0).count()
    };
    assert!(foreign(&uneven) == 0 && foreign(&rename) == 0 && foreign(&noisy) > 20, "{}", foreign(&noisy));
}

#[test]
fn runs_and_steps_are_lost_in_their_world_only() {
    for one in World::ALL.into_iter().filter(|one| *one != World::Mixed) {
        let simulated = world(one, 60);
        let steps: Vec<_> = simulated.iter().flat_map(|simulated| &simulated.record.steps).collect();
        let voids = steps.iter().map(|step| step.counts.voids).sum::<u32>();
        let skips = steps.iter().filter(|step| step.verdict == Some(Verdict::Skip)).count();
        let unbuilt = steps.iter().filter(|step| step.counts.runs() == 0 && step.role != Role::Parent).count();
        if one == World::Voided {
            assert!(voids > 200 && skips > 20 && unbuilt > 5, "{voids} {skips} {unbuilt}");
        } else {
            assert_eq!((voids, skips, unbuilt), (0, 0, 0), "{}", one.name());
        }
    }
}

#[test]
fn one_verdict_in_twenty_is_wrong_in_its_world() {
    let wrong = |one| {
        let simulated = world(one, 200);
        let steps = simulated.iter().flat_map(|one| &one.record.steps).filter(|step| step.role == Role::Candidate);
        let judged: Vec<_> = steps.filter(|step| step.verdict.is_some()).collect();
        let flipped = |step: &&&StepRecord| (step.counts.crashes > 0) != (step.verdict == Some(Verdict::Bad));
        share(judged.iter().filter(flipped).count(), judged.len())
    };
    assert!(wrong(World::Uneven) == 0.0);
    assert!((wrong(World::WrongVerdicts) - 0.05).abs() < 0.015);
}

#[test]
fn a_mixture_holds_every_world() {
    let worlds: Vec<_> = world(World::Mixed, 200).iter().map(|one| one.record.world).collect();
    assert!(World::ALL.iter().all(|one| worlds.contains(one) == (*one != World::Mixed)));
}

#[test]
fn every_protocol_keeps_its_rules() {
    for protocol in PROTOCOLS {
        let simulated = many(Plan { world: World::Flaky, protocol, ..PLAN }, 60);
        let steps = simulated.iter().flat_map(|one| &one.record.steps).filter(|step| step.counts.runs() > 0);
        for step in steps {
            let (runs, crashes) = (step.counts.runs(), step.counts.crashes);
            let fits = match (protocol, step.role) {
                (Protocol::Git, Role::Origin) => runs <= 20 && crashes <= 1,
                (Protocol::Git, _) => runs == 1,
                (_, Role::Origin) => runs == 20,
                _ => runs == 10 || runs == 20,
            };
            let few = protocol == Protocol::SyzkallerNew && step.verdict == Some(Verdict::Bad) && crashes < 2;
            assert!(fits && !few, "{protocol:?} {step:?}");
        }
    }
}

#[test]
fn branched_histories_have_merges_and_candidates_off_the_line() {
    let simulated = many(Plan { history: History::Branched, ..PLAN }, 60);
    assert!(simulated.iter().any(|one| one.log.contains("] Merge tag ")));
    let off = |one: &&Simulated| {
        let steps = one.record.steps.iter().filter(|step| step.role == Role::Candidate);
        let change = one.record.steps.iter().filter(|step| step.has_change).map(|step| step.number).min();
        steps.into_iter().any(|step| !step.has_change && change.is_some_and(|change| step.number > change))
    };
    assert!(simulated.iter().filter(off).count() > 5);
}

#[test]
fn the_command_writes_what_the_library_makes_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let write = |jobs: &str| {
        let out = dir.path().join(jobs);
        let args = ["simulate", "--world", "mixed", "--count", "30", "--seed", "5", "--kind", "fix", "--history"];
        let more = ["branched", "--protocol", "syzkaller-new", "--jobs", jobs, "-o", out.to_str().unwrap()];
        let ran = run(&[&args[..], &more].concat());
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""));
        files(&out)
    };
    let one = write("1");
    assert_eq!(one, write("4"));
    assert_eq!(one.len(), 31);
    let plan = Plan {
        world: World::Mixed,
        protocol: Protocol::SyzkallerNew,
        history: History::Branched,
        kind: Kind::Fix,
        seed: 5,
    };
    let rows: Vec<_> = one["truth.csv"].lines().collect();
    assert_eq!((rows.len(), rows[0]), (31, HEADER));
    for (index, row) in (1..).zip(&rows[1..]) {
        let simulated = simulate(&plan, index);
        let file = format!("mixed-{index:04}.txt");
        assert_eq!(one[&file], simulated.log);
        assert_eq!(*row, simulated.truth.row(&file));
        assert!(row.split(',').count() == 4 && row.split(',').all(|field| !field.is_empty()), "{row}");
    }
}

fn files(dir: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries.map(|e| (e.file_name().into_string().unwrap(), fs::read_to_string(e.path()).unwrap())).collect()
}

#[test]
fn wrong_arguments_and_folders_are_said() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let ran = run(&["simulate", "--world", "uneven", "--count", "1", "-o", path]);
    assert!(ran.code == Some(2) && ran.stderr.contains(path), "{ran:?}");
    let ran = run(&["simulate", "--world", "even", "-o", path]);
    assert!(ran.code == Some(2) && ran.stderr.contains("wrong-verdicts"), "{ran:?}");
}

/// What was fitted on commits that brought a bug says nothing of those that fixed one.
#[test]
fn who_is_to_blame_is_not_asked_of_fixes() {
    let judged = |kind| {
        let logs = (1..=20).map(|index| simulate(&Plan { kind, ..PLAN }, index).log);
        let analyses = logs.flat_map(|log| bisectstat::analyze(log.as_bytes()).unwrap());
        analyses
            .filter(|analysis| analysis.named_culprit.is_some())
            .map(|analysis| analysis.p_right)
            .collect::<Vec<_>>()
    };
    let (causes, fixes) = (judged(Kind::Cause), judged(Kind::Fix));
    assert!(causes.len() > 5 && causes.iter().all(Option::is_some), "{causes:?}");
    assert!(fixes.len() > 5 && fixes.iter().all(Option::is_none), "{fixes:?}");
}
