//! The search against brute force, and its laws; the plans that it is compared with.

use bisectstat::model::behaviour::{Behaviour, RatePrior};
use bisectstat::model::beta_binomial::{BetaPrior, Tally};
use bisectstat::model::search::information::information;
use bisectstat::model::search::information::{View, predictive};
use bisectstat::model::search::{Assumptions, Costs, Hypothesis, Outside, Places, RULED_OUT, Rollouts, Search, Shown};
use bisectstat::prob::Prob;
use bisectstat::simulate::plans::{Belief, Cell, Plan, Rates, Stop, judge, trials};
use proptest::prelude::*;

const RATES: [(f64, f64, f64); 4] = [(0.2, 2.0, 1.0), (0.5, 8.0, 2.0), (0.8, 500.0, 1.0), (0.3, 1e4, 2.0)];

fn assumptions() -> Assumptions {
    let parts = RATES.map(|(mu, kappa, weight)| (Behaviour::Uneven { mu, kappa }, weight));
    Assumptions { rates: RatePrior::new(&parts), leak: BetaPrior::LEAK }
}

fn outside() -> Outside {
    let prob = Prob::saturating;
    Outside { older: prob(0.05), always: prob(0.03), gone: prob(0.02) }
}

fn runs() -> impl Strategy<Value = Vec<(u64, Shown)>> {
    let shown = prop_oneof![Just(Shown::Bug), Just(Shown::Pass), Just(Shown::OtherBug)];
    prop::collection::vec((0..=12u64, shown), 0..25)
}

fn index(revision: u64) -> usize {
    usize::try_from(revision).unwrap()
}

fn searched(runs: &[(u64, Shown)]) -> Search {
    let mut search = Search::new(Places::uniform(12, outside()).unwrap(), &assumptions());
    for (revision, shown) in runs {
        search.observe(*revision, *shown);
    }
    search
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

/// `P(change, behaviour, runs)` for changes 0 (older) to 13 (gone), and `P(always, runs)`: commit by commit, no gaps.
fn by_hand(runs: &[(u64, Shown)]) -> (Vec<[f64; 4]>, f64) {
    let tallies = tallies(runs);
    let Outside { older, always, gone } = outside();
    let inside = 1.0 - older.value() - always.value() - gone.value();
    let joint = (0..=13usize).map(|change| {
        let prior = match change {
            0 => older.value(),
            13 => gone.value(),
            _ => inside / 12.0,
        };
        RATES.map(|(mu, kappa, weight)| {
            let bad = BetaPrior::with_mean(mu, kappa);
            let of =
                |(x, tally): (usize, &Tally)| if x >= change { bad } else { BetaPrior::LEAK }.ln_sequence(*tally).ln();
            prior * weight / 6.0 * tallies.iter().enumerate().map(of).sum::<f64>().exp()
        })
    });
    let all =
        tallies.iter().fold((0, 0), |(k, l), tally| (k + tally.crashes.cast_signed(), l + tally.passes.cast_signed()));
    let thetas = (0..24).map(|i| (f64::from(i) + 0.5) / 24.0);
    let alike = thetas.map(|theta| theta.powi(all.0) * (1.0 - theta).powi(all.1) / 24.0).sum::<f64>();
    (joint.collect(), always.value() * alike)
}

/// The information of runs at a revision by the definition: every commit, every behaviour, every outcome.
fn bits_by_hand(runs: &[(u64, Shown)], revision: usize, count: u32) -> f64 {
    let (joint, always) = by_hand(runs);
    let total = joint.iter().flatten().sum::<f64>() + always;
    let seen = tallies(runs)[revision];
    let mixed = |weights: &[f64], parts: &[Vec<f64>]| -> Vec<f64> {
        let mass: f64 = weights.iter().sum();
        let at = |k: usize| weights.iter().zip(parts).map(|(w, part)| w * part[k]).sum::<f64>() / mass;
        (0..=count as usize).map(at).collect()
    };
    let bad: Vec<_> =
        RATES.iter().map(|(mu, kappa, _)| predictive(BetaPrior::with_mean(*mu, *kappa), seen, count)).collect();
    let good = predictive(BetaPrior::LEAK, seen, count);
    let all = tallies(runs)
        .iter()
        .fold((0, 0), |(k, l), tally| (k + tally.crashes.cast_signed(), l + tally.passes.cast_signed()));
    let thetas: Vec<f64> = (0..24).map(|i| (f64::from(i) + 0.5) / 24.0).collect();
    let weights: Vec<f64> = thetas.iter().map(|theta| theta.powi(all.0) * (1.0 - theta).powi(all.1)).collect();
    let orders = |k: u32| statrs::function::factorial::binomial(u64::from(count), u64::from(k));
    let of =
        |theta: f64, k: u32| orders(k) * theta.powi(k.cast_signed()) * (1.0 - theta).powi((count - k).cast_signed());
    let known: Vec<Vec<f64>> = thetas.iter().map(|theta| (0..=count).map(|k| of(*theta, k)).collect()).collect();
    let alike = mixed(&weights, &known);
    let crashes: Vec<_> = joint.iter().map(|weights| mixed(weights, &bad)).collect();
    let views = joint.iter().zip(&crashes).enumerate().map(|(change, (weights, crashes))| View {
        mass: weights.iter().sum::<f64>() / total,
        single: 0.0,
        bad: if revision >= change { 1.0 } else { 0.0 },
        crashes,
    });
    information(views.chain([View { mass: always / total, single: 0.0, bad: 1.0, crashes: &alike }]), &good)
}

proptest! {
    #[test]
    fn the_posterior_is_that_of_brute_force(runs in runs()) {
        let (joint, always) = by_hand(&runs);
        let total = joint.iter().flatten().sum::<f64>() + always;
        let mass = |change: usize| joint[change].iter().sum::<f64>() / total;
        let posterior = searched(&runs).posterior();
        for gap in &posterior.gaps {
            let expected: f64 = (gap.after + 1..=gap.upto).map(|change| mass(index(change))).sum();
            prop_assert!((gap.mass.value() - expected).abs() < 1e-9, "{gap:?} {expected}");
        }
        prop_assert!((posterior.older.value() - mass(0)).abs() < 1e-9);
        prop_assert!((posterior.gone.value() - mass(13)).abs() < 1e-9);
        prop_assert!((posterior.always.value() - always / total).abs() < 1e-9);
        let best = (0..=13).map(mass).fold(always / total, f64::max);
        prop_assert!((posterior.best.1.value() - best).abs() < 1e-9);
    }

    #[test]
    fn the_least_over_behaviours_is_that_of_brute_force(runs in runs()) {
        let (joint, _) = by_hand(&runs);
        let search = searched(&runs);
        let row = match search.best().0 {
            Hypothesis::Older => 0,
            Hypothesis::Gone => 13,
            Hypothesis::Commit(commit) => index(commit),
            Hypothesis::Always => return Ok(()),
        };
        let of = |behaviour: usize| joint.iter().map(|weights| weights[behaviour]).sum::<f64>();
        let all: f64 = (0..RATES.len()).map(of).sum();
        let possible: Vec<_> = (0..RATES.len()).filter(|behaviour| of(*behaviour) / all >= RULED_OUT).collect();
        let expected = possible.iter().map(|behaviour| joint[row][*behaviour] / of(*behaviour)).fold(1.0, f64::min);
        prop_assert!((search.least().value() - expected).abs() < 1e-9, "{:?} {expected}", search.least());
        // Nobody is surer on the whole than under the behaviour that agrees most, nor less sure than under the one that
        // agrees least, but for those that are ruled out.
        let (best, inside) = (search.best().1.value(), 1.0 - search.posterior().always.value());
        prop_assert!(best / inside >= expected * (1.0 - RULED_OUT * 4.0) - 1e-9);
        // Levelled, the possible ones are as likely as each other, and each says of the places what it said before.
        let alike = 1.0 / possible.iter().map(|_| 1.0).sum::<f64>();
        for (behaviour, weight) in search.levelled().rates().into_iter().enumerate() {
            let wanted = if possible.contains(&behaviour) { alike } else { 0.0 };
            prop_assert!((weight.value() - wanted).abs() < 1e-9);
        }
        prop_assert!((search.levelled().least().value() - expected).abs() < 1e-9 || search.levelled().best().0 != search.best().0);
    }

    #[test]
    fn the_information_is_that_of_brute_force(runs in runs(), revision in 0..=12u64, count in 1..4u32) {
        let runs: Vec<_> = runs.into_iter().filter(|(_, shown)| *shown != Shown::OtherBug).collect();
        let (got, expected) = (searched(&runs).bits(revision, count), bits_by_hand(&runs, index(revision), count));
        prop_assert!((got - expected).abs() < 2e-4, "{got} {expected}");
    }

    #[test]
    fn probabilities_sum_to_one_and_choices_are_worth_it(runs in runs()) {
        let search = searched(&runs);
        let posterior = search.posterior();
        let gaps: f64 = posterior.gaps.iter().map(|gap| gap.mass.value()).sum();
        let total = gaps + posterior.older.value() + posterior.always.value() + posterior.gone.value();
        prop_assert!((total - 1.0).abs() < 1e-9);
        prop_assert!((search.rates().iter().map(|rate| rate.value()).sum::<f64>() - 1.0).abs() < 1e-9);
        let choices = search.choices(&Costs { horizon: 4, ..Costs::default() });
        prop_assert!(choices.iter().all(|choice| choice.bits >= 0.0 && choice.growth > 0.0 && choice.revision <= 12));
        let worth = |i: usize| choices[i].growth / choices[i].cost;
        prop_assert!((1..choices.len()).all(|i| worth(i) <= worth(i - 1)));
    }

    /// The order of runs does not matter.
    #[test]
    fn runs_commute(runs in runs()) {
        let backward: Vec<_> = runs.iter().rev().copied().collect();
        let (one, two) = (searched(&runs).posterior(), searched(&backward).posterior());
        prop_assert!(one.gaps.iter().zip(&two.gaps).all(|(a, b)| (a.mass.value() - b.mass.value()).abs() < 1e-9));
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
        assert!((choice.growth - best).abs() < 2e-5, "{choice:?} {best}");
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
    let after = |runs: &[(u64, Shown)]| searched(runs).best();
    let (low, high) = (|shown| [(0, shown); 12], |shown| [(12, shown); 12]);
    // Rates that differ are no one flaky rate.
    assert_eq!(
        after(&[&low(Shown::Bug)[..], &high(Shown::Bug)[..2], &high(Shown::Pass)[..8]].concat()).0,
        Hypothesis::Older
    );
    assert_eq!(after(&[high(Shown::Pass), high(Shown::Pass), high(Shown::Pass)].concat()).0, Hypothesis::Gone);
    let flaky =
        [(0, Shown::Bug), (0, Shown::Pass), (0, Shown::Pass), (0, Shown::Pass), (0, Shown::Pass), (0, Shown::Pass)];
    let both: Vec<_> =
        flaky.into_iter().flat_map(|(_, shown)| (0..=12).map(move |revision| (revision, shown))).collect();
    assert_eq!(after(&both).0, Hypothesis::Always);
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
    let choice = |build| search.choose(&Costs { build, horizon: 16, ..Costs::default() }).unwrap();
    assert_eq!(choice(0.0).runs, 1);
    assert!(choice(30.0).runs > 4);
    let built = Costs { build: 1e9, horizon: 16, built: vec![5], ..Costs::default() };
    assert_eq!(search.choose(&built).unwrap().revision, 5);
}

#[test]
fn forecasts_are_repeatable_and_shrink_as_the_search_goes_on() {
    let settings = Rollouts { count: 24, ..Rollouts::default() };
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
        let settings = Rollouts { target: Prob::saturating(0.999_999), work, ..Rollouts::default() };
        search.rollouts(&settings, &Costs::default())
    };
    let (none, little, all) = (most(0), most(400_000), most(u64::MAX));
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
    assert_eq!(once.posterior(), each.posterior());
}

/// A small copy of the tables in `docs/planning.md`.
#[test]
fn sure_means_right_and_close_to_the_limit() {
    let cell = Cell { commits: 200, rates: Rates::Constant { theta: 0.5 }, other: 0.0 };
    let stop = Stop { target: Prob::saturating(0.95), floor: Prob::ZERO, budget: 1000 };
    let drawn = trials(&cell, 60, 7);
    let row = |plan| judge(plan, &cell, &drawn, &Belief::Constant.assumptions(), stop);
    let (ours, greedy, git) = (row(Plan::Ours), row(Plan::Greedy), row(Plan::Git));
    assert!(ours.right >= 52 && ours.sure == 60, "{} of {}", ours.right, ours.sure);
    assert!(ours.ratio < 1.6, "{}", ours.ratio);
    assert!(greedy.right >= 54 && greedy.mean_runs > ours.mean_runs, "{} {}", greedy.right, greedy.mean_runs);
    assert!(git.right >= 57 && git.mean_builds < 9.0, "{} {}", git.right, git.mean_builds);
    assert_eq!(row(Plan::Ours), ours);
}

/// Rates of their own, mean 0.3: who asks only that it be right on the whole names the wrong commit where a bad one happens
/// to pass; who asks every behaviour runs on. Both stop within the budget or say that they are not sure.
#[test]
fn a_floor_holds_where_rates_are_uneven() {
    let cell = Cell { commits: 200, rates: Rates::Uneven { mu: 0.3, kappa: 4.0 }, other: 0.0 };
    let drawn = trials(&cell, 24, 7);
    let parts = [(4.0, 1.0), (1024.0, 10.0)].map(|(kappa, weight)| (Behaviour::Uneven { mu: 0.3, kappa }, weight));
    let assumptions = Assumptions { rates: RatePrior::new(&parts), leak: BetaPrior::LEAK };
    let with = |floor| {
        let stop = Stop { target: Prob::saturating(0.95), floor: Prob::saturating(floor), budget: 500 };
        judge(Plan::Ours, &cell, &drawn, &assumptions, stop)
    };
    let (without, with) = (with(0.0), with(0.9));
    let wrong = |row: &bisectstat::simulate::plans::Row| row.sure - row.right;
    assert!(wrong(&with) * 2 <= wrong(&without) && wrong(&without) >= 3, "{} {}", wrong(&with), wrong(&without));
    assert!(with.mean_runs > without.mean_runs && with.sure >= 18, "{} of {}", with.right, with.sure);
}
