//! The search against brute force, and its laws; the plans that it is compared with.

use bisectstat::model::behaviour::{Behaviour, RatePrior};
use bisectstat::model::beta_binomial::{BetaPrior, Tally};
use bisectstat::model::search::information::{View, growth, information};
use bisectstat::model::search::{
    Assumptions, Batch, Costs, Ending, Ends, Graph, Hypothesis, Outside, Places, Proposal, RULED_OUT, Rollouts, Search,
    Shown, Stop, Why, crashes,
};
use bisectstat::prob::Prob;
use bisectstat::simulate::plans::{Belief, Cell, Limits, Plan, Rates, judge, trials};
use proptest::prelude::*;

/// Mean, evenness and weight of each behaviour, and of each background.
const RATES: [(f64, f64, f64); 5] =
    [(0.2, 2.0, 1.0), (0.5, 8.0, 2.0), (0.8, 500.0, 1.0), (0.3, 1e9, 2.0), (0.04, 1e9, 1.0)];
const BACKGROUND: [(f64, f64, f64); 4] = [(0.001, 10.0, 4.0), (0.05, 1e9, 2.0), (0.2, 1e9, 1.0), (0.1, 6.0, 1.0)];
/// The change makes revisions fail more often by this factor at least.
const MORE: f64 = 1.5;

fn prior(parts: &[(f64, f64, f64)]) -> RatePrior {
    let parts = parts.iter().map(|(mu, kappa, weight)| (Behaviour::Uneven { mu: *mu, kappa: *kappa }, *weight));
    RatePrior::new(&parts.collect::<Vec<_>>())
}

fn assumptions() -> Assumptions {
    Assumptions { rates: prior(&RATES), background: prior(&BACKGROUND) }
}

fn outside() -> Outside {
    Outside { older: Prob::saturating(0.05), none: Prob::saturating(0.04) }
}

fn runs() -> impl Strategy<Value = Vec<(u64, Shown)>> {
    let shown = prop_oneof![Just(Shown::Bug), Just(Shown::Pass), Just(Shown::Pass), Just(Shown::OtherBug)];
    prop::collection::vec((0..=12u64, shown), 0..25)
}

fn index(revision: u64) -> usize {
    usize::try_from(revision).unwrap()
}

fn observed(places: Places, runs: &[(u64, Shown)]) -> Search {
    let mut search = Search::new(places, &assumptions());
    for (revision, shown) in runs {
        search.observe(*revision, *shown);
    }
    search
}

fn searched(runs: &[(u64, Shown)]) -> Search {
    observed(Places::uniform(12, outside()).unwrap(), runs)
}

fn tallies(runs: &[(u64, Shown)]) -> Vec<Tally> {
    let mut tallies = vec![Tally::default(); 13];
    for (revision, shown) in runs {
        let tally = &mut tallies[index(*revision)];
        match shown {
            Shown::Bug => tally.crashes += 1,
            Shown::Pass => tally.passes += 1,
            Shown::OtherBug => {}
        }
    }
    tallies
}

/// `ln P` of one order of these outcomes.
fn ln_sequence((mu, kappa): (f64, f64), tally: Tally) -> f64 {
    if kappa < 1e6 {
        return BetaPrior::with_mean(mu, kappa).ln_sequence(tally).ln();
    }
    f64::from(tally.crashes) * mu.ln() + f64::from(tally.passes) * (1.0 - mu).ln()
}

/// One hypothesis: the place (0 is older, 13 is no change), the behaviour, the background, and its joint mass with the runs.
struct Joint {
    place: usize,
    behaviour: usize,
    background: usize,
    mass: f64,
}

/// Every hypothesis by itself: no rows, no cumulative sums. `bad` says whether a revision is bad under a change.
fn by_hand(runs: &[(u64, Shown)], commits: usize, bad: &dyn Fn(usize, usize) -> bool) -> Vec<Joint> {
    let tallies = tallies(runs);
    let inside = 1.0 - outside().older.value() - outside().none.value();
    let total = |parts: &[(f64, f64, f64)]| parts.iter().map(|(.., weight)| weight).sum::<f64>();
    let mut all = Vec::new();
    for place in 0..=commits + 1 {
        for (behaviour, (mu, kappa, weight)) in RATES.iter().enumerate() {
            for (background, (low, low_kappa, low_weight)) in BACKGROUND.iter().enumerate() {
                let above: f64 = RATES.iter().filter(|(mu, ..)| *mu > MORE * low).map(|(.., weight)| weight).sum();
                // Of no change the background is all there is to say.
                let weighed = match place {
                    _ if place > commits => outside().none.value() * weight / total(&RATES) * low_weight,
                    _ if *mu <= MORE * low => 0.0,
                    0 => outside().older.value() * weight / above * low_weight,
                    _ => inside / f64::from(u32::try_from(commits).unwrap()) * weight / above * low_weight,
                };
                let of = |(x, tally): (usize, &Tally)| {
                    let is_bad = place == 0 || (place <= commits && bad(place, x));
                    let side = if is_bad { (*mu, *kappa) } else { (*low, *low_kappa) };
                    ln_sequence(side, *tally)
                };
                let likelihood = tallies.iter().enumerate().map(of).sum::<f64>().exp();
                let mass = weighed / total(&BACKGROUND) * likelihood;
                all.push(Joint { place, behaviour, background, mass });
            }
        }
    }
    let total: f64 = all.iter().map(|joint| joint.mass).sum();
    for joint in &mut all {
        joint.mass /= total;
    }
    all
}

fn on_the_line(runs: &[(u64, Shown)]) -> Vec<Joint> {
    by_hand(runs, 12, &|change, revision| change <= revision)
}

fn mass(joint: &[Joint], place: usize) -> f64 {
    joint.iter().filter(|joint| joint.place == place).map(|joint| joint.mass).sum()
}

/// What runs at a revision tell by the definition: every place, every behaviour and background, every outcome.
fn told_by_hand(runs: &[(u64, Shown)], revision: usize, count: u32) -> (f64, f64) {
    let joint = on_the_line(runs);
    let seen = tallies(runs)[revision];
    let side = |(mu, kappa, _): (f64, f64, f64)| crashes(BetaPrior::with_mean(mu, kappa), seen, count);
    let (bad, good) = (RATES.map(side), BACKGROUND.map(side));
    let outcomes = |place: usize| -> Vec<f64> {
        let all = mass(&joint, place);
        let is_bad = place == 0 || (place <= 12 && place <= revision);
        let of = |joint: &Joint, k: usize| if is_bad { bad[joint.behaviour][k] } else { good[joint.background][k] };
        let inside = || joint.iter().filter(|joint| joint.place == place);
        (0..=count as usize).map(|k| inside().map(|joint| joint.mass * of(joint, k)).sum::<f64>() / all).collect()
    };
    let lists: Vec<_> = (0..=13).map(outcomes).collect();
    let view =
        |(place, crashes): (usize, &'_ Vec<f64>)| (mass(&joint, place), place == 0 || place == 13, crashes.clone());
    let masses: Vec<_> = lists.iter().enumerate().map(view).collect();
    let views: Vec<_> = masses
        .iter()
        .map(|(mass, blameless, crashes)| View {
            mass: *mass,
            single: *mass,
            blameless: *blameless,
            bad: 1.0,
            crashes,
            clean: crashes,
        })
        .collect();
    (information(&views), growth(&views))
}

proptest! {
    #[test]
    fn the_posterior_is_that_of_brute_force(runs in runs()) {
        let joint = on_the_line(&runs);
        let search = searched(&runs);
        let posterior = search.posterior();
        for gap in &posterior.gaps {
            let expected: f64 = (gap.first..=gap.last).map(|change| mass(&joint, index(change))).sum();
            prop_assert!((gap.mass.value() - expected).abs() < 1e-6, "{gap:?} {expected}");
        }
        prop_assert!((posterior.older.value() - mass(&joint, 0)).abs() < 1e-6);
        prop_assert!((posterior.none.value() - mass(&joint, 13)).abs() < 1e-6);
        let best = (0..=13).map(|place| mass(&joint, place)).fold(0.0, f64::max);
        prop_assert!((posterior.best.1.value() - best).abs() < 1e-6);
        for change in 1..=12 {
            prop_assert!((search.chance_of(change).value() - mass(&joint, index(change))).abs() < 1e-6);
        }
    }

    #[test]
    fn the_worst_behaviours_are_those_of_brute_force(runs in runs()) {
        let joint = on_the_line(&runs);
        let search = searched(&runs);
        let Hypothesis::Commit(best) = search.best().0 else { return Ok(()) };
        let of = |behaviour: usize, place: Option<usize>| -> f64 {
            let inside = joint.iter().filter(|joint| joint.behaviour == behaviour && joint.place <= 12);
            inside.filter(|joint| place.is_none_or(|place| joint.place == place)).map(|joint| joint.mass).sum()
        };
        let parts: Vec<_> = (0..RATES.len()).map(|b| (of(b, Some(index(best))), of(b, None))).collect();
        let all: f64 = parts.iter().map(|(_, weight)| weight).sum();
        let possible = parts.iter().filter(|(_, weight)| *weight >= RULED_OUT * all);
        let least = possible.map(|(under, weight)| under / weight).fold(1.0, f64::min);
        prop_assert!((search.least().value() - least).abs() < 1e-3, "{:?} {least}", search.least());
        // A fifth of the weight, taken where it agrees least.
        let mut sorted: Vec<_> = parts.into_iter().filter(|(_, weight)| *weight > 0.0).collect();
        sorted.sort_by(|(a, v), (b, w)| (a / v).total_cmp(&(b / w)));
        let (mut left, mut sum) = (0.2 * all, 0.0);
        for (under, weight) in sorted {
            let share = (left / weight).min(1.0);
            (left, sum) = (left - share * weight, sum + share * under);
        }
        let worst = search.in_worst_fifth().value();
        prop_assert!((worst - sum / (0.2 * all)).abs() < 1e-3, "{worst} {}", sum / (0.2 * all));
        prop_assert!(worst >= least - 0.02 && worst <= search.best().1.value() / all + 1e-6);
    }

    #[test]
    fn what_runs_tell_is_that_of_brute_force(runs in runs(), revision in 0..=12u64, count in 1..4u32) {
        let runs: Vec<_> = runs.into_iter().filter(|(_, shown)| *shown != Shown::OtherBug).collect();
        let search = searched(&runs);
        let (bits, growth) = told_by_hand(&runs, index(revision), count);
        let got = search.bits(revision, count);
        prop_assert!((got - bits).abs() < 3e-4, "{got} {bits}");
        // What it tells of the background comes on top.
        prop_assert!(search.growth(revision, count) > growth - 1e-3, "{} {growth}", search.growth(revision, count));
    }

    /// A history that branches: each commit has one or two of those before it as parents.
    #[test]
    fn a_graph_is_that_of_brute_force(parents in prop::collection::vec((0..100usize, 0..100usize), 12), runs in runs(), fix: bool) {
        let mut within = vec![vec![true]];
        let mut commits = vec![(vec![], 1.0)];
        for (i, (a, b)) in parents.iter().enumerate().take(11) {
            let of: Vec<usize> = if a % 3 == 0 { vec![a % (i + 1), b % (i + 1)] } else { vec![a % (i + 1)] };
            let mut own: Vec<bool> = (0..=i).map(|other| of.iter().any(|parent| within[*parent].get(other) == Some(&true))).collect();
            own.push(true);
            within.push(own);
            commits.push((of.iter().map(|parent| u32::try_from(*parent).unwrap()).collect(), 1.0));
        }
        let runs: Vec<_> = runs.into_iter().filter(|(revision, _)| *revision < 12).collect();
        let places = Places::graph(Graph::new(commits, fix), outside()).unwrap();
        let search = observed(places, &runs);
        let contains = |revision: usize, change: usize| within.get(revision).is_some_and(|of| of.get(change) == Some(&true));
        let joint = by_hand(&runs, 12, &|change, revision| contains(revision, change - 1) != fix);
        for change in 0..12 {
            let (got, expected) = (search.chance_of(change).value(), mass(&joint, index(change) + 1));
            prop_assert!((got - expected).abs() < 1e-6, "{change}: {got} {expected}");
            let bad: f64 = (1..=12).filter(|place| contains(index(change), place - 1) != fix).map(|place| mass(&joint, place)).sum();
            let got = search.chance_bad(change).value();
            prop_assert!((got - bad - mass(&joint, 0)).abs() < 1e-4, "{change}: {got} {bad}");
        }
        let choice = search.choose(&Costs::default());
        prop_assert!(choice.is_none_or(|choice| choice.revision < 12));
    }

    #[test]
    fn probabilities_sum_to_one_and_choices_are_worth_it(runs in runs()) {
        let search = searched(&runs);
        let posterior = search.posterior();
        let gaps: f64 = posterior.gaps.iter().map(|gap| gap.mass.value()).sum();
        prop_assert!((gaps + posterior.older.value() + posterior.none.value() - 1.0).abs() < 1e-9);
        let choices = search.choices(&Costs { build: 2.0, batch: Batch::UpTo(4), ..Costs::default() });
        prop_assert!(choices.iter().all(|choice| choice.bits >= 0.0 && choice.growth > 0.0 && choice.revision <= 12));
        prop_assert!((1..choices.len()).all(|i| choices[i].worth() <= choices[i - 1].worth()));
        let left = search.credible_commits(Prob::saturating(0.95));
        prop_assert!((1..=12).contains(&left));
    }

    /// The order of runs does not matter.
    #[test]
    fn runs_commute(runs in runs()) {
        let backward: Vec<_> = runs.iter().rev().copied().collect();
        let (one, two) = (searched(&runs), searched(&backward));
        prop_assert!((1..=12).all(|change| (one.chance_of(change).value() - two.chance_of(change).value()).abs() < 1e-9));
    }
}

#[test]
fn more_runs_tell_more_and_each_less() {
    let search = searched(&[(12, Shown::Bug), (12, Shown::Bug), (3, Shown::Pass)]);
    let bits: Vec<f64> = (1..8).map(|runs| search.bits(7, runs)).collect();
    assert!(bits.windows(2).all(|pair| pair[1] > pair[0]), "{bits:?}");
    let gains: Vec<f64> = bits.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gains.windows(2).all(|pair| pair[1] < pair[0]), "{gains:?}");
}

/// The best split of a gap, found by its formula, against every commit.
#[test]
fn the_choice_on_a_fresh_line_is_the_best_of_all() {
    let mut search = Search::new(Places::uniform(1000, Outside::NOTHING).unwrap(), &assumptions());
    for (revision, shown) in [(600, Shown::Bug), (300, Shown::Pass), (300, Shown::Pass)] {
        search.observe(revision, shown);
        let choice = search.choose(&Costs::default()).unwrap();
        let best = (0..=1000).map(|revision| search.growth(revision, 1)).fold(0.0, f64::max);
        // But for what is told of the background, which is not looked for.
        assert!(choice.growth > 0.995 * best, "{choice:?} {best}");
    }
}

#[test]
fn a_million_commits_are_a_thousand_in_larger_steps() {
    let search = |commits: u64| {
        let mut search = Search::new(Places::uniform(commits, outside()).unwrap(), &assumptions());
        for (thousandth, shown) in [(1000, Shown::Bug), (500, Shown::Pass), (700, Shown::Bug), (500, Shown::Pass)] {
            search.observe(thousandth * (commits / 1000), shown);
        }
        search
    };
    let (small, large) = (search(1000), search(1_000_000));
    let masses = |search: &Search| search.posterior().gaps.iter().map(|gap| gap.mass.value()).collect::<Vec<_>>();
    assert!(masses(&small).iter().zip(masses(&large)).all(|(a, b)| (a - b).abs() < 1e-9));
    assert!((small.entropy() + 1000f64.log2() * masses(&small).iter().sum::<f64>() - large.entropy()).abs() < 1e-6);
    let next = |search: &Search| search.choose(&Costs::default()).unwrap();
    assert!(next(&large).revision.abs_diff(1000 * next(&small).revision) <= 1000);
}

#[test]
fn outside_hypotheses_win_where_they_should() {
    let after = |runs: &[(u64, Shown)]| searched(runs).best().0;
    let at = |revision, shown, count: usize| vec![(revision, shown); count];
    // Nothing without the bug fails in most runs.
    assert_eq!(after(&[at(0, Shown::Bug, 12), at(12, Shown::Bug, 12)].concat()), Hypothesis::Older);
    assert_eq!(after(&at(12, Shown::Pass, 60)), Hypothesis::NoChange);
    // One run in five fails, wherever.
    let flaky: Vec<_> =
        (0..200u64).map(|i| (12 * (i % 2), if (i / 2) % 5 == 0 { Shown::Bug } else { Shown::Pass })).collect();
    assert_eq!(after(&flaky), Hypothesis::NoChange);
}

/// The bad end until it crashes, the good end once, then what lies between.
#[test]
fn the_ends_come_first() {
    let search = Search::new(Places::uniform(12, outside()).unwrap(), &assumptions());
    let mut search = search.with_ends(Ends { bad: 12, good: vec![0] });
    let stop = Stop::default();
    let next = |search: &Search, busy: &[(u64, u32)]| match search.propose(&stop, busy, &Costs::default()) {
        Proposal::Visit(choice) => Some(choice.revision),
        Proposal::Wait => None,
        Proposal::Nothing(why) => panic!("{why:?}"),
    };
    for _ in 0..3 {
        assert_eq!(next(&search, &[]), Some(12));
        search.observe(12, Shown::Pass);
    }
    assert_eq!(next(&search, &[(12, 4)]), Some(0), "another machine begins at the other end");
    assert_eq!(next(&search, &[(12, 4), (0, 1)]), Some(12), "all that is left hangs on the bad end");
    search.observe(12, Shown::Bug);
    let between = |revision: u64| (1..12).contains(&revision);
    assert!(next(&search, &[(0, 1)]).is_some_and(between), "nobody waits for the other end");
    search.observe(0, Shown::Pass);
    let first = next(&search, &[]).unwrap();
    assert!(between(first));
    assert_ne!(next(&search, &[(first, 1)]), Some(first), "nobody knows yet whether it can be had");
    let mut pair = Search::new(Places::uniform(2, outside()).unwrap(), &assumptions());
    pair.observe_all(2, Tally { crashes: 2, passes: 3 });
    pair.observe_all(1, Tally { crashes: 0, passes: 2 });
    assert!(next(&pair, &[(1, 4), (2, 4)]).is_some(), "two commits are worth more than two machines");
    let dear = Costs { build: 10.0, batch: Batch::Exactly(7), ..Costs::default() };
    assert!(matches!(search.propose(&stop, &[], &dear), Proposal::Visit(choice) if choice.runs == 7));
}

/// Who says that nothing tells more must be right: with one run at a time of a bug that shows in one of ten, much still does.
#[test]
fn a_rare_crash_is_no_reason_to_give_up() {
    let rates = RatePrior::new(&[(Behaviour::Uneven { mu: 0.1, kappa: 1e9 }, 1.0)]);
    let line = Places::uniform(2, Outside::NOTHING).unwrap();
    let mut search = Search::new(line, &Assumptions { rates, background: prior(&BACKGROUND[..1]) });
    search.observe(2, Shown::Bug);
    for _ in 0..20 {
        assert!(search.ending(&Stop::default()).is_none());
        assert!(matches!(search.propose(&Stop::default(), &[], &Costs::default()), Proposal::Visit(_)));
        search.observe(1, Shown::Pass);
    }
    search.observe_all(1, Tally { crashes: 0, passes: 40 });
    assert!(matches!(search.ending(&Stop::default()), Some(Ending::Found(2, _))));
}

/// Three of ten commits cannot be built: their ends are found by halving; when what is left cannot be built, that is why.
#[test]
fn the_edges_of_what_cannot_be_built_are_halved() {
    let broken = |revision: u64| (300..600).contains(&revision);
    for (change, found) in [(700, true), (450, false)] {
        let line = Places::uniform(1000, Outside::default()).unwrap();
        let mut search = Search::new(line, &Assumptions::usual()).with_ends(Ends { bad: 1000, good: vec![0] });
        let (mut unbuilt, mut builds, stop) = (Vec::new(), 0, Stop::default());
        let (ending, why) = loop {
            if let Some(ending) = search.ending(&stop) {
                break (Some(ending), None);
            }
            let choice =
                match search.propose(&stop, &[], &Costs { build: 5.0, batch: Batch::UpTo(8), ..Costs::default() }) {
                    Proposal::Visit(choice) => choice,
                    Proposal::Wait => panic!("nobody is at work"),
                    Proposal::Nothing(why) => break (None, Some(why)),
                };
            builds += 1;
            if broken(choice.revision) {
                unbuilt.push(choice.revision);
                search.exclude(unbuilt.clone());
            } else {
                let runs = choice.runs;
                let crashes = if choice.revision >= change { runs } else { 0 };
                search.observe_all(choice.revision, Tally { crashes, passes: runs - crashes });
            }
        };
        assert!(builds <= 45, "{builds}");
        assert_eq!(matches!(ending, Some(Ending::Found(700, _))), found, "{ending:?}");
        assert_eq!(why, (!found).then_some(Why::CannotBeBuilt));
    }
}

#[test]
fn machines_get_different_revisions() {
    let search = searched(&[(12, Shown::Bug)]);
    let mut revisions: Vec<_> =
        search.choose_parallel(4, &Costs::default()).iter().map(|choice| choice.revision).collect();
    assert_eq!(revisions.len(), 4);
    revisions.sort_unstable();
    revisions.dedup();
    assert_eq!(revisions.len(), 4);
}

#[test]
fn dear_builds_make_batches() {
    let search = searched(&[(12, Shown::Bug), (12, Shown::Pass)]);
    let choice = |build| search.choose(&Costs { build, batch: Batch::UpTo(16), ..Costs::default() }).unwrap();
    assert_eq!(choice(0.0).runs, 1);
    assert!(choice(30.0).runs > 4);
    let built = Costs { build: 1e9, batch: Batch::UpTo(16), built: vec![5], ..Costs::default() };
    assert_eq!(search.choose(&built).unwrap().revision, 5);
}

/// What is dear is gone round, and what is cheap is taken, if it splits the commits about as well.
#[test]
fn some_revisions_cost_more_than_others() {
    let mut search = Search::new(Places::uniform(100, outside()).unwrap(), &assumptions());
    search.observe_all(100, Tally { crashes: 3, passes: 1 });
    search.observe_all(0, Tally { crashes: 0, passes: 4 });
    let costs = |factors: &[(u64, f64)]| Costs {
        build: 10.0,
        batch: Batch::UpTo(16),
        factors: factors.iter().copied().collect(),
        ..Costs::default()
    };
    let choose = |factors: &[(u64, f64)]| search.choose(&costs(factors)).unwrap().revision;
    let usual = choose(&[]);
    let dear: Vec<_> = (usual - 3..=usual + 3).map(|revision| (revision, 50.0)).collect();
    let other = choose(&dear);
    assert!(!(usual - 3..=usual + 3).contains(&other) && (20..=80).contains(&other), "{usual} {other}");
    assert_eq!(choose(&[(usual + 9, 0.1), (97, 0.1)]), usual + 9);
    assert_eq!(choose(&[(99, 0.5)]), usual, "a little cheaper, and it tells nothing");
}

#[test]
fn forecasts_are_repeatable_and_shrink_as_the_search_goes_on() {
    let settings = Rollouts { count: 8, most_runs: 200, ..Rollouts::default() };
    let inside = |runs: &[(u64, Shown)]| {
        let mut search = Search::new(Places::uniform(12, Outside::NOTHING).unwrap(), &assumptions());
        for (revision, shown) in runs {
            search.observe(*revision, *shown);
        }
        search.rollouts(&settings, &Costs::default())
    };
    assert_eq!(inside(&[]), inside(&[]));
    let late = [[(7, Shown::Bug); 3], [(6, Shown::Pass); 3]].concat();
    let (early, late) = (inside(&[]), inside(&late));
    assert!(late.mean_runs() < early.mean_runs(), "{late:?} {early:?}");
    assert!(early.chance_within(5) <= early.chance_within(50));
    assert_eq!(early.chance_within(0), Prob::ZERO);
}

/// Whatever the work is, a forecast ends with it, and says how far it came.
#[test]
fn a_forecast_stays_within_its_work() {
    let search = searched(&[(12, Shown::Bug), (12, Shown::Pass)]);
    let most = |work| {
        let settings =
            Rollouts { stop: Stop::at(Prob::saturating(0.999_999)), most_runs: 500, work, ..Rollouts::default() };
        search.rollouts(&settings, &Costs::default())
    };
    let (none, little, all) = (most(0), most(20_000), most(u64::MAX));
    assert_eq!((none.most_runs(), none.chance()), (500, Prob::ZERO));
    assert!((1..500).contains(&little.most_runs()), "{little:?}");
    assert!(little.mean_runs() <= f64::from(little.most_runs()), "{little:?}");
    assert_eq!(all.most_runs(), 500);
    assert!(all.chance() >= little.chance());
}

/// Trials at once are trials one by one.
#[test]
fn observing_all_is_observing_each() {
    let (mut once, mut each) = (searched(&[(4, Shown::Bug)]), searched(&[(4, Shown::Bug)]));
    once.observe_all(7, Tally { crashes: 2, passes: 3 });
    for shown in [[Shown::Bug; 2].as_slice(), &[Shown::Pass; 3]].concat() {
        each.observe(7, shown);
    }
    let of = |search: &Search| (1..=12).map(|change| search.chance_of(change).value()).collect::<Vec<_>>();
    assert!(of(&once).iter().zip(of(&each)).all(|(a, b)| (a - b).abs() < 1e-9));
}

/// A small copy of the tables in `docs/planning.md`.
#[test]
fn sure_means_right_and_close_to_the_yardstick() {
    let cell = Cell { commits: 200, rates: Rates::Constant { theta: 0.5 }, other: 0.0, background: 0.0 };
    let drawn = trials(&cell, 30, 7);
    let limits = Limits { budget: 1000, ..Limits::default() };
    let row = |plan| judge(plan, &cell, &drawn, &Belief::Usual.assumptions(), limits);
    let (ours, greedy, git) = (row(Plan::Ours), row(Plan::Greedy), row(Plan::Git));
    assert!(ours.right >= 27 && ours.sure == 30, "{} of {}", ours.right, ours.sure);
    assert!(ours.ratio < 2.1, "{}", ours.ratio);
    assert!(greedy.right >= 26 && greedy.mean_runs > ours.mean_runs, "{} {}", greedy.right, greedy.mean_runs);
    assert!(git.right >= 27 && git.mean_builds < 9.0, "{} {}", git.right, git.mean_builds);
    assert_eq!(row(Plan::Ours), ours);
}
