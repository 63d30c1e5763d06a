//! The models against brute force, and the laws that hold whatever the data.

use bisectstat::analysis::answer::Answer;
use bisectstat::analysis::{Analysis, Settings, analyze};
use bisectstat::evidence::{
    Basis, Bisection, CommitId, Decision, Format, Kind, Line, Move, Outcome, Remaining, RevisionName, Role, Run, Side,
    Source, Step, Title, Verdict, VoidKind, Walk,
};
use bisectstat::ingest::read;
use bisectstat::model::behaviour::{Behaviour, RatePrior};
use bisectstat::model::beta_binomial::{BetaPrior, Tally};
use bisectstat::model::bug::{BugSearch, TitleRow};
use bisectstat::model::culprit::{Adrift, ChangePoint, Culprit, Place, Places, credible_set, p_bad};
use bisectstat::model::foreign::{ForeignPrices, ForeignPrior, Rivals};
use bisectstat::model::labels::{LabelPrices, LabelPrior};
use bisectstat::model::likeness::KinPrior;
use bisectstat::model::prior::AgePrior;
use bisectstat::model::rate::RateGrid;
use bisectstat::model::table::RateTable;
use bisectstat::model::trials::{Shows, Streak, Tests, Trials, streaks_of};
use bisectstat::prob::{LogProb, Prob};
use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

fn prob(value: f64) -> Prob {
    Prob::new(value).unwrap()
}

fn values(probs: &[Prob]) -> Vec<f64> {
    probs.iter().map(|p| p.value()).collect()
}

fn assert_close(got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() <= tolerance, "{got} {expected}");
    }
}

/// The chance of a sequence by the midpoint rule over the rate, for densities that are finite at both ends.
fn integrated(prior: BetaPrior, tally: Tally) -> f64 {
    const CELLS: u32 = 20_000;
    let (mut chance, mut norm) = (0.0, 0.0);
    for cell in 0..CELLS {
        let theta = (f64::from(cell) + 0.5) / f64::from(CELLS);
        let density = theta.powf(prior.a - 1.0) * (1.0 - theta).powf(prior.b - 1.0);
        let crashes = theta.powi(i32::try_from(tally.crashes).unwrap());
        let passes = (1.0 - theta).powi(i32::try_from(tally.passes).unwrap());
        chance += density * crashes * passes;
        norm += density;
    }
    chance / norm
}

/// The posterior by going through every gap, every point of the grid and every place of a skipped revision.
fn enumerated(
    grid: &[(f64, f64, f64)],
    leak: BetaPrior,
    tallies: &[Tally],
    prior: &[f64],
    adrift: &[(Tally, Vec<f64>)],
) -> Vec<f64> {
    let weights: Vec<f64> = (0..tallies.len())
        .map(|gap| {
            let per_rate = grid.iter().map(|(mu, kappa, weight)| {
                let bad = BetaPrior::with_mean(*mu, *kappa);
                let line = tallies.iter().enumerate();
                let line: f64 = line.map(|(i, t)| integrated(if i >= gap { bad } else { leak }, *t)).product();
                let skipped = adrift.iter().map(|(tally, chance)| {
                    chance[gap] * integrated(bad, *tally) + (1.0 - chance[gap]) * integrated(leak, *tally)
                });
                weight * line * skipped.product::<f64>()
            });
            prior[gap] * per_rate.sum::<f64>()
        })
        .collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

#[test]
fn the_change_point_is_the_sum_over_everything_it_integrates_out() {
    let grid = [(0.3, 5.0, 1.0), (0.5, 4.0, 2.0), (0.8, 10.0, 0.5)];
    let leak = BetaPrior { a: 1.2, b: 30.0 };
    let tally = |crashes, passes| Tally { crashes, passes };
    let cases = [
        vec![tally(0, 10), tally(1, 9), tally(9, 1)],
        vec![tally(0, 3), tally(0, 2), tally(1, 0), tally(2, 2)],
        vec![tally(5, 5)],
        vec![tally(0, 0), tally(3, 0)],
    ];
    for tallies in cases {
        let prior: Vec<f64> = (1u8..).map(|i| f64::from(i) / 10.0).take(tallies.len()).collect();
        let chance: Vec<f64> = (1u8..).map(|i| 1.0 / (f64::from(i) + 0.5)).take(tallies.len()).collect();
        let adrift = vec![(tally(1, 4), chance.clone())];
        let expected = enumerated(&grid, leak, &tallies, &prior, &adrift);
        let solved = ChangePoint {
            trials: &trials(&tallies),
            places: Places::Line,
            prior: &prior.iter().map(|p| prob(*p)).collect::<Vec<_>>(),
            none: Prob::ZERO,
            adrift: &[Adrift { trials: tally(1, 4).into(), bad: chance.into_iter().map(prob).collect() }],
            table: &RateTable::new(&RatePrior::from(&RateGrid::new(&grid)), &RatePrior::freak(leak), &[]),
        };
        assert_close(&values(&solved.solve().unwrap().gaps), &expected, 1e-5);
    }
}

/// Runs in their order, one by one: each is the one before again, or a run of its own.
fn chained(theta: f64, repeat: f64, runs: &[bool]) -> f64 {
    let own = |crash: bool| if crash { theta } else { 1.0 - theta };
    let after = |pair: &[bool]| (1.0 - repeat) * own(pair[1]) + if pair[0] == pair[1] { repeat } else { 0.0 };
    own(runs[0]) * runs.windows(2).map(after).product::<f64>()
}

#[test]
fn bugs_that_repeat_themselves_and_bugs_that_drift_are_weighed_together() {
    let runs = [vec![false; 4], vec![false, true, true, false, false], vec![true, true, true, false]];
    let sizes = [0.0, 10.0, 30.0];
    // Commits back from the newest point; a gap's middle is where the drift ends, half as far again for the first.
    let (ages, middles) = ([40.0, 30.0, 0.0], [60.0, 35.0, 15.0]);
    let drifting = |g: usize, i: usize| {
        let theta: f64 = 0.75 - 0.5 * ages[i] / middles[g];
        runs[i].iter().map(|crash| if *crash { theta } else { 1.0 - theta }).product::<f64>()
    };
    let leak = BetaPrior { a: 1.2, b: 30.0 };
    let tally = |i: usize| {
        let crashes = u32::try_from(runs[i].iter().filter(|crash| **crash).count()).unwrap();
        Tally { crashes, passes: u32::try_from(runs[i].len()).unwrap() - crashes }
    };
    let joint = |g: usize| {
        let clean: f64 = (0..g).map(|i| integrated(leak, tally(i))).product();
        let repeats: f64 = (g..3).map(|i| chained(0.4, 0.6, &runs[i])).product();
        let drifts: f64 = (g..3).map(|i| drifting(g, i)).product();
        clean * (repeats / 3.0 + drifts * 2.0 / 3.0)
    };
    let total: f64 = (0..3).map(joint).sum();
    let rates = RatePrior::new(&[
        (Behaviour::Repeating { theta: 0.4, repeat: 0.6 }, 1.0),
        (Behaviour::Drifting { origin: 0.75, change: 0.25 }, 2.0),
    ]);
    let shows = |crash: &bool| if *crash { Shows::Title(0) } else { Shows::Pass };
    let trials = |runs: &Vec<bool>| Trials::of(&[streaks_of(runs.iter().map(shows))], |_| true, true);
    let solved = ChangePoint {
        trials: &runs.iter().map(trials).collect::<Vec<_>>(),
        places: Places::Line,
        prior: &[Prob::ONE; 3],
        none: Prob::ZERO,
        adrift: &[],
        table: &RateTable::new(&rates, &RatePrior::freak(leak), &sizes),
    };
    // Rates that drift are rounded to one in 512.
    assert_close(&values(&solved.solve().unwrap().gaps), &[0, 1, 2].map(|g| joint(g) / total), 5e-3);
}

#[test]
fn a_skipped_revision_is_as_bad_as_bayes_rule_says() {
    let grid = RateGrid::new(&[(0.5, 4.0, 1.0)]);
    let leak = BetaPrior { a: 1.2, b: 30.0 };
    let (tally, skipped) = (Tally { crashes: 4, passes: 1 }, Tally { crashes: 1, passes: 2 });
    let adrift = [Adrift { trials: skipped.into(), bad: vec![prob(0.4)] }];
    let table = RateTable::new(&RatePrior::from(&grid), &RatePrior::freak(leak), &[]);
    let solved = ChangePoint {
        trials: &[tally.into()],
        places: Places::Line,
        prior: &[Prob::ONE],
        none: Prob::ZERO,
        adrift: &adrift,
        table: &table,
    };
    let bad = 0.4 * integrated(BetaPrior::with_mean(0.5, 4.0), skipped);
    let good = 0.6 * integrated(leak, skipped);
    assert_close(&values(&solved.solve().unwrap().adrift), &[bad / (bad + good)], 1e-5);
}

/// Every place by hand: what contains it is bad, wherever it stands.
#[test]
fn a_revision_off_the_culprits_branch_does_not_contain_it() {
    let grid = [(0.3, 5.0, 1.0), (0.8, 10.0, 0.5)];
    let leak = BetaPrior { a: 1.2, b: 30.0 };
    let tally = |crashes, passes| Tally { crashes, passes };
    let tallies = [tally(0, 6), tally(5, 1), tally(0, 6), tally(4, 2)];
    // Older than all; a side branch of point 1 that only point 3 merges; the third gap; the last.
    let contains = [[true; 4], [false, true, false, true], [false, false, true, true], [false, false, false, true]];
    let prior = [0.4, 0.1, 0.3, 0.2];
    let joint = |p: usize| {
        let of = |(mu, kappa, weight): &(f64, f64, f64)| {
            let rate = |i: usize| if contains[p][i] { BetaPrior::with_mean(*mu, *kappa) } else { leak };
            weight * (0..4).map(|i| integrated(rate(i), tallies[i])).product::<f64>()
        };
        prior[p] * grid.iter().map(of).sum::<f64>()
    };
    let total: f64 = (0..4).map(joint).sum();
    let places: Vec<_> = contains.iter().filter_map(|contains| Place::new(contains)).collect();
    let solved = ChangePoint {
        trials: &trials(&tallies),
        places: Places::Branched(&places),
        prior: &prior.map(prob),
        none: Prob::ZERO,
        adrift: &[],
        table: &RateTable::new(&RatePrior::from(&RateGrid::new(&grid)), &RatePrior::freak(leak), &[]),
    };
    let solved = solved.solve().unwrap();
    assert_close(&values(&solved.places), &[0, 1, 2, 3].map(|p| joint(p) / total), 1e-5);
    // The side branch is the second gap's only place: the crashes of points 1 and 3 and the passes of 2 fit nothing else.
    assert_close(&values(&solved.gaps), &values(&solved.places), 1e-12);
    assert!(solved.places[1].value() > 0.95, "{:?}", solved.places);
}

proptest! {
    #[test]
    fn a_line_is_a_history_without_branches(
        counts in prop::collection::vec((0u32..6, 0u32..6), 1..8),
        prior in prop::collection::vec(0.01..1.0f64, 8),
    ) {
        let tallies: Vec<_> = counts.iter().map(|(crashes, passes)| Tally { crashes: *crashes, passes: *passes }).collect();
        let prior: Vec<_> = prior[..tallies.len()].iter().map(|p| prob(*p)).collect();
        let places: Vec<_> = (0..tallies.len())
            .filter_map(|gap| Place::new(&(0..tallies.len()).map(|i| i >= gap).collect::<Vec<_>>()))
            .collect();
        let sizes: Vec<f64> = (0..tallies.len()).map(|i| f64::from(u32::try_from(i).unwrap()) * 7.0).collect();
        let table = RateTable::new(&RatePrior::default(), &RatePrior::freak(BetaPrior::LEAK), &sizes);
        let trials = trials(&tallies);
        let on = |places| ChangePoint { trials: &trials, places, prior: &prior, none: prob(0.1), adrift: &[], table: &table };
        let (line, branched) = (on(Places::Line), on(Places::Branched(&places)));
        let joints = |point: &ChangePoint<'_>| point.ln_joint().iter().map(|p| p.ln()).collect::<Vec<_>>();
        assert_close(&joints(&line), &joints(&branched), 1e-9);
        assert_close(&values(&line.solve().unwrap().gaps), &values(&branched.solve().unwrap().gaps), 1e-9);
    }
}

/// Three titles, summed over by hand: every set, its prior, its price of labels, every way to part the others into bugs, and
/// the change point with the others' crashes as masked runs.
#[test]
fn the_sum_over_sets_of_titles_leaves_none_out() {
    let leak = BetaPrior::LEAK;
    let table = RateTable::new(&RatePrior::default(), &RatePrior::background(), &[0.0, 40.0, 7.0, 300.0]);
    let prior = [0.2, 0.3, 0.3, 0.1].map(prob);
    let none = prob(0.1);
    let passes = [10, 9, 3, 2];
    let crashes = [[0, 0, 5, 6], [0, 1, 0, 0], [0, 0, 2, 2]];
    let at_origin = [true, false, true];
    let anchors = [0.7, 0.0, 0.3];
    let like = [[0.85, 0.3, 0.6], [0.3, 0.85, 0.2], [0.6, 0.2, 0.85]];
    let labels = LabelPrior::default();
    let kin = KinPrior { elsewhere: vec![(0.2, 0.4), (1.0, 0.6)], ..KinPrior::default() };
    let foreign = ForeignPrior::default();
    let foreign = ForeignPrices::new(&foreign, leak, &prior, 30);
    let row = |t: usize| TitleRow {
        crashes: crashes[t].to_vec(),
        anchor: prob(anchors[t]),
        like: like[t].map(prob).to_vec(),
        at_origin: at_origin[t],
    };
    let rows: Vec<_> = (0..3).map(row).collect();
    let points: Vec<Tests> = (0..4).map(|i| vec![test(passes[i], &crashes.map(|row| row[i]))]).collect();
    let search = BugSearch {
        titles: &rows,
        points: &points,
        adrift: &[],
        ordered: true,
        places: Places::Line,
        prior: &prior,
        none,
        labels: &labels,
        kin: &kin,
        foreign: &foreign,
    };
    let of_set = |set: &[usize]| -> Vec<Trials> {
        points.iter().map(|tests| Trials::of(tests, |t| set.contains(&t), true)).collect()
    };
    let labelled = |set: &[usize]| {
        let crashes: Vec<_> = set.iter().map(|t| crashes[*t].to_vec()).collect();
        LogProb::ln_sum_exp(&LabelPrices::new(&labels, &crashes).of_subsets().pop().unwrap()).ln()
    };
    // A bug from elsewhere: its own crashes, the passes, and what ended the other runs.
    let elsewhere = |set: &[usize]| {
        let sum = |i: usize, own: bool| (0..3).filter(|t| set.contains(t) == own).map(|t| crashes[t][i]).sum();
        let rivals = |i| Rivals { tally: Tally { crashes: sum(i, true), passes: passes[i] }, others: sum(i, false) };
        (foreign.price(&(0..4).map(rivals).collect::<Vec<_>>()).ln() + labelled(set)).exp()
    };
    let parted = |others: &[usize]| match others {
        [] => 1.0,
        [one] => elsewhere(&[*one]),
        [a, b] => {
            let like = like[*a][*b];
            like * elsewhere(&[*a, *b]) + (1.0 - like) * elsewhere(&[*a]) * elsewhere(&[*b])
        }
        _ => unreachable!("one of three is the anchor"),
    };
    let (mut gaps, mut no_change, mut same, mut total) = ([0.0; 4], 0.0, [0.0; 3], 0.0);
    for set in [vec![0], vec![1], vec![2], vec![0, 1], vec![0, 2], vec![1, 2], vec![0, 1, 2]] {
        let others: Vec<usize> = (0..3).filter(|t| !set.contains(t)).collect();
        let given = |a: usize| -> f64 {
            let group = |factors: &[(f64, f64)], origin: bool| -> f64 {
                let of = |(factor, weight): &(f64, f64)| {
                    let like = |t: usize| like[a][t] * factor / (like[a][t] * factor + 1.0 - like[a][t]);
                    let mine = (0..3).filter(|t| *t != a && at_origin[*t] == origin);
                    weight * mine.map(|t| if set.contains(&t) { like(t) } else { 1.0 - like(t) }).product::<f64>()
                };
                factors.iter().map(of).sum()
            };
            group(&kin.at_origin, true) * group(&kin.elsewhere, false)
        };
        let set_prior: f64 = set.iter().map(|a| anchors[*a] * given(*a)).sum();
        let weight = set_prior * labelled(&set).exp() * parted(&others);
        let trials = of_set(&set);
        let places = Places::Line;
        let point = ChangePoint { trials: &trials, places, prior: &prior, none, adrift: &[], table: &table };
        let joint: Vec<f64> = point.ln_joint().iter().map(|ln| weight * ln.ln().exp()).collect();
        for (gap, joint) in gaps.iter_mut().zip(&joint) {
            *gap += joint;
        }
        no_change += joint[4];
        let sum: f64 = joint.iter().sum();
        total += sum;
        for t in &set {
            same[*t] += sum;
        }
    }
    let solved = search.solve(&table).unwrap();
    assert!(!solved.approximate);
    assert_close(&values(&solved.culprit.gaps), &gaps.map(|gap| gap / total), 1e-6);
    assert_close(&[solved.culprit.none.value()], &[no_change / total], 1e-6);
    assert_close(&values(&solved.same_bug), &same.map(|same| same / total), 1e-6);
    assert!((solved.evidence.ln() - total.ln()).abs() < 1e-6);
    let anchors: f64 = values(&solved.anchor).iter().sum();
    assert!((anchors - 1.0).abs() < 1e-9);
}

/// The chance of trials under one beta density, of which other bugs masked some runs, by the midpoint rule.
fn integrated_masked(prior: BetaPrior, trials: &[(u32, u32, u32)]) -> f64 {
    const CELLS: u32 = 20_000;
    let sum = |of: fn(&(u32, u32, u32)) -> u32| f64::from(trials.iter().map(of).sum::<u32>());
    let (crashes, passes, masked) = (sum(|t| t.0), sum(|t| t.1), sum(|t| t.2));
    let (mut chance, mut norm) = (0.0, 0.0);
    for cell in 0..CELLS {
        let theta = (f64::from(cell) + 0.5) / f64::from(CELLS);
        let density = theta.powf(prior.a - 1.0) * (1.0 - theta).powf(prior.b - 1.0);
        chance += density * theta.powf(crashes) * (1.0 - theta).powf(passes) * (1.0 - theta / 2.0).powf(masked);
        norm += density;
    }
    chance / norm
}

/// Every gap, every behaviour and every background by hand: those that are constant are drawn once a side, the others once a
/// revision, and a background goes with the behaviours that fail more.
#[test]
fn both_sides_of_the_change_have_rates_that_are_summed_out() {
    let trials = [(0, 9, 1), (1, 7, 2), (5, 3, 0), (4, 1, 3)];
    let prior = [0.1, 0.2, 0.3, 0.3];
    let none = 0.1;
    let beta = |a: f64, b: f64| BetaPrior { a, b };
    // Pseudo-crashes and pseudo-passes, the weight, and whether it is constant.
    let bad = [(beta(6.0, 4.0), 0.5, true), (beta(1.5, 4.5), 0.3, false), (beta(2.0, 2.0), 0.2, false)];
    let good = [(beta(1.0, 20.0), 0.4, true), (beta(3.0, 7.0), 0.35, false), (beta(9.0, 9.0), 0.25, true)];
    let behaviour = |(BetaPrior { a, b }, weight, constant): &(BetaPrior, f64, bool)| {
        let part = match constant {
            true => Behaviour::Constant { a: *a, b: *b },
            false => Behaviour::Uneven { mu: a / (a + b), kappa: a + b },
        };
        (part, *weight)
    };
    let side = |(beta, _, constant): &(BetaPrior, f64, bool), trials: &[(u32, u32, u32)]| match constant {
        true => integrated_masked(*beta, trials),
        false => trials.iter().map(|one| integrated_masked(*beta, &[*one])).product(),
    };
    let mean = |(BetaPrior { a, b }, ..): &(BetaPrior, f64, bool)| a / (a + b);
    let joint = |gap: usize| {
        let of = |background: &(BetaPrior, f64, bool)| {
            let above = || bad.iter().filter(|behaviour| mean(behaviour) > mean(background));
            let weight: f64 = above().map(|behaviour| behaviour.1).sum();
            let since: f64 = above().map(|behaviour| behaviour.1 / weight * side(behaviour, &trials[gap..])).sum();
            background.1 * side(background, &trials[..gap]) * since
        };
        prior[gap] * good.iter().map(of).sum::<f64>()
    };
    let alike: f64 = good.iter().map(|background| background.1 * side(background, &trials)).sum();
    let mut expected: Vec<f64> = (0..4).map(joint).chain([none * alike]).collect();
    let total: f64 = expected.iter().sum();
    for mass in &mut expected {
        *mass /= total;
    }
    let of =
        |(crashes, passes, masked): (u32, u32, u32)| Trials { tally: Tally { crashes, passes }, pairs: None, masked };
    let (rates, background) =
        (RatePrior::new(&bad.map(|part| behaviour(&part))), RatePrior::new(&good.map(|part| behaviour(&part))));
    let table = RateTable::new(&rates, &background, &[]);
    let point = ChangePoint {
        trials: &trials.map(of),
        places: Places::Line,
        prior: &prior.map(prob),
        none: prob(none),
        adrift: &[],
        table: &table,
    };
    let solved = point.solve().unwrap();
    assert_close(&values(&solved.gaps), &expected[..4], 1e-5);
    assert_close(&[solved.none.value()], &expected[4..], 1e-5);
    let rates: f64 = values(&solved.rates).iter().sum();
    let backgrounds: f64 = values(&solved.backgrounds).iter().sum();
    assert!((rates - 1.0).abs() < 1e-9 && (backgrounds - 1.0).abs() < 1e-9);
}

/// Simulation-based calibration (Talts et al. 2018): where the truth is drawn from the prior and runs from the truth, the
/// posterior mass of what lies before the truth is uniform. Ten bins of 600 lines; chi-square with 9 degrees of freedom.
#[test]
fn drawn_from_its_own_prior_the_posterior_is_calibrated() {
    const LINES: u32 = 600;
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    let mut uniform = move || dice.random::<f64>();
    let (rates, background) = (RatePrior::default(), RatePrior::background());
    let prior = [0.1, 0.2, 0.2, 0.2, 0.2].map(prob);
    let none = prob(0.1);
    let table = RateTable::new(&rates, &background, &[0.0; 5]);
    let mut bins = [0u32; 10];
    for _ in 0..LINES {
        let world = drawn(&mut uniform, &rates, &background, &prior);
        let places = Places::Line;
        let point =
            ChangePoint { trials: &trials(&world.tallies), places, prior: &prior, none, adrift: &[], table: &table };
        let solved = point.solve().unwrap();
        let masses: Vec<f64> = values(&solved.gaps).into_iter().chain([solved.none.value()]).collect();
        let below: f64 = masses[..world.place].iter().sum();
        let rank = below + uniform() * masses[world.place];
        let bin = (1u8..10).filter(|edge| rank >= f64::from(*edge) / 10.0).count();
        bins[bin] += 1;
    }
    let expected = f64::from(LINES) / 10.0;
    let chi: f64 = bins.iter().map(|n| (f64::from(*n) - expected).powi(2) / expected).sum();
    assert!(chi < 27.9, "{bins:?}: less than one in a thousand");
}

/// A truth and what its runs show.
struct Drawn {
    /// A gap, or one more for no change.
    place: usize,
    tallies: Vec<Tally>,
}

/// One line from the prior: the place, a background, and a behaviour that fails more.
fn drawn(uniform: &mut impl FnMut() -> f64, rates: &RatePrior, background: &RatePrior, prior: &[Prob]) -> Drawn {
    const RUNS: u32 = 12;
    let place = pick(uniform(), prior.iter().map(|p| p.value()));
    let parts = |prior: &RatePrior, above: f64| -> Vec<(Behaviour, f64)> {
        let weigh = |(part, weight): &(Behaviour, LogProb)| (*part, weight.exp().value());
        prior.parts().iter().map(weigh).filter(|(part, _)| part.mean() > above).collect()
    };
    let choose = |uniform: &mut dyn FnMut() -> f64, parts: &[(Behaviour, f64)]| {
        let total: f64 = parts.iter().map(|(_, weight)| weight).sum();
        parts[pick(uniform() * total, parts.iter().map(|(_, weight)| *weight)).min(parts.len() - 1)].0
    };
    let good = choose(uniform, &parts(background, -1.0));
    let bad = choose(uniform, &parts(rates, good.mean()));
    let common = |uniform: &mut dyn FnMut() -> f64, behaviour: &Behaviour| match behaviour {
        Behaviour::Constant { a, b } => beta(uniform(), *a, *b),
        _ => 0.0,
    };
    let (common_good, common_bad) = (common(uniform, &good), common(uniform, &bad));
    let points = prior.len();
    let tallies = (0..points).map(|i| {
        let is_bad = i >= place;
        let (behaviour, one) = if is_bad { (&bad, common_bad) } else { (&good, common_good) };
        // Ages from the crashing end; without sizes all points of a drift lie at its beginning.
        let rate = match behaviour {
            Behaviour::Constant { .. } => one,
            Behaviour::Uneven { mu, kappa } => beta(uniform(), mu * kappa, (1.0 - mu) * kappa),
            Behaviour::Drifting { origin, .. } => *origin,
            Behaviour::Repeating { theta, .. } => *theta,
        };
        let (mut last, mut crashes) = (None, 0);
        for _ in 0..RUNS {
            let again =
                matches!(behaviour, Behaviour::Repeating { repeat, .. } if last.is_some() && uniform() < *repeat);
            let crash = if again { last == Some(true) } else { uniform() < rate };
            crashes += u32::from(crash);
            last = Some(crash);
        }
        Tally { crashes, passes: RUNS - crashes }
    });
    Drawn { place, tallies: tallies.collect() }
}

/// The index at which the sum of the weights passes `mass`.
fn pick(mass: f64, weights: impl Iterator<Item = f64>) -> usize {
    let mut left = mass;
    weights
        .take_while(|weight| {
            left -= weight;
            left >= 0.0
        })
        .count()
}

fn beta(p: f64, a: f64, b: f64) -> f64 {
    use statrs::distribution::ContinuousCDF as _;
    statrs::distribution::Beta::new(a, b).unwrap().inverse_cdf(p)
}

/// Two titles of one function that begin together are one bug, whichever was reported and however they are called.
#[test]
fn two_titles_that_begin_together_are_one_bug() {
    let of = |first: &str, second: &str, reported: Option<&str>| {
        let row = |commit: u32, i: u32, bad: bool| match (bad, i % 5 < 3) {
            (false, _) => format!("{commit:08x},pass,\n"),
            (true, true) => format!("{commit:08x},crash,{first}\n"),
            (true, false) => format!("{commit:08x},crash,{second}\n"),
        };
        let rows = (0..9).flat_map(|commit| (0..10).map(move |i| (commit, i)));
        let table: String = rows.map(|(commit, i)| row(0xabc0_0000 + commit, i, commit >= 4)).collect();
        let table = format!("commit,outcome,title\n{table}");
        let mut bisections = read(table.as_bytes(), &Source::new("table.csv")).unwrap().bisections;
        bisections[0].reported_title = reported.and_then(Title::new);
        let analysis = analyze(bisections, &Settings::default()).remove(0);
        let same: Vec<f64> = analysis.titles.iter().map(|title| title.p_same_bug.unwrap().value()).collect();
        (same, analysis.gaps[4].posterior.unwrap().value())
    };
    let (reads, writes) = ("KASAN: use-after-free Read in f_g", "KASAN: slab-out-of-bounds Read in f_g");
    for (first, second, reported) in
        [(reads, writes, None), (writes, reads, None), (reads, writes, Some(reads)), (reads, writes, Some(writes))]
    {
        let (same, at) = of(first, second, reported);
        assert!(same.iter().all(|p| *p >= 0.9), "{first}, {second}, {reported:?}: {same:?}");
        let (_, merged) = of(first, first, None);
        assert!((at - merged).abs() < 0.05, "{at} {merged}");
    }
}

/// Fewest gaps that hold the level, and of those the ones that hold most.
fn best_set(gaps: &[Prob], level: f64) -> Option<f64> {
    let sets = (0..1u32 << gaps.len()).map(|set| {
        let inside = gaps.iter().enumerate().filter(|(i, _)| set & (1 << i) != 0);
        (set.count_ones(), inside.map(|(_, gap)| gap.value()).sum::<f64>())
    });
    let enough = sets.filter(|(_, mass)| *mass >= level);
    enough.min_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1))).map(|(_, mass)| mass)
}

fn trials(tallies: &[Tally]) -> Vec<Trials> {
    tallies.iter().map(|tally| Trials::from(*tally)).collect()
}

/// The passes and then the crashes of each title.
fn test(passes: u32, crashes: &[u32]) -> Vec<Streak> {
    let crashes = crashes.iter().enumerate().map(|(t, runs)| Streak { shows: Shows::Title(t), runs: *runs });
    std::iter::once(Streak { shows: Shows::Pass, runs: passes }).chain(crashes).collect()
}

fn solve(tallies: &[Tally], prior: &[Prob], rates: &RatePrior, sizes: &[f64]) -> Culprit {
    let table = RateTable::new(rates, &RatePrior::freak(BetaPrior::LEAK), sizes);
    ChangePoint { trials: &trials(tallies), places: Places::Line, prior, none: Prob::ZERO, adrift: &[], table: &table }
        .solve()
        .unwrap()
}

/// `p_bad` of one revision before and after one more of its runs crashes.
fn with_a_further_crash(mut tallies: Vec<Tally>, at: prop::sample::Index, theta: f64, leak: BetaPrior) -> (f64, f64) {
    let (at, prior) = (at.index(tallies.len()), vec![Prob::ONE; tallies.len()]);
    let table = RateTable::new(&RatePrior::from(&RateGrid::known(theta)), &RatePrior::freak(leak), &[]);
    let solve = |tallies: &[Tally]| {
        let solved = ChangePoint {
            trials: &trials(tallies),
            places: Places::Line,
            prior: &prior,
            none: Prob::ZERO,
            adrift: &[],
            table: &table,
        }
        .solve()
        .unwrap();
        p_bad(&solved.gaps)[at].value()
    };
    let before = solve(&tallies);
    tallies[at].crashes += 1;
    (before, solve(&tallies))
}

fn tallies() -> impl Strategy<Value = Vec<Tally>> {
    let tally = (0u32..12, 0u32..12).prop_map(|(crashes, passes)| Tally { crashes, passes });
    prop::collection::vec(tally, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_posterior_sums_to_one_and_bad_grows_along_the_line(tallies in tallies(), sizes in prop::collection::vec(0.0..9e4f64, 11)) {
        let mut prior = AgePrior::default().masses(&sizes[..tallies.len() - 1]);
        prior.reverse();
        let gaps: Vec<f64> = std::iter::once(0.0).chain(sizes[..tallies.len() - 1].iter().rev().copied()).collect();
        let solved = solve(&tallies, &prior, &RatePrior::default(), &gaps);
        let total: f64 = values(&solved.gaps).iter().sum();
        prop_assert!((total - 1.0).abs() < 1e-9);
        prop_assert!(values(&p_bad(&solved.gaps)).windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
        let rates: f64 = values(&solved.rates).iter().sum();
        prop_assert!((rates - 1.0).abs() < 1e-9);
    }

    /// With known rates: unknown ones learn from the crash too, and may then explain it away.
    #[test]
    fn a_further_crash_never_speaks_for_good(tallies in tallies(), at in any::<prop::sample::Index>(), theta in 0.05..0.95f64) {
        let leak = BetaPrior::with_mean(0.002, 1e9);
        let (before, after) = with_a_further_crash(tallies, at, theta, leak);
        prop_assert!(after >= before - 1e-6, "{before} {after}");
    }

    /// The leak is uncertain: after many crashes a revision without the bug may seem to crash more often than a bug
    /// that is known to be rare. For a bug that crashes in most runs this cannot happen.
    #[test]
    fn a_further_crash_never_speaks_for_good_against_the_default_leak(tallies in tallies(), at in any::<prop::sample::Index>(), theta in 0.6..0.95f64) {
        let (before, after) = with_a_further_crash(tallies, at, theta, BetaPrior::LEAK);
        prop_assert!(after >= before - 1e-6, "{before} {after}");
    }

    #[test]
    fn the_credible_set_is_the_smallest(weights in prop::collection::vec(0.0..1.0f64, 1..9), level in 0.1..0.99f64) {
        let total: f64 = weights.iter().sum::<f64>() + 1e-9;
        let gaps: Vec<Prob> = weights.iter().map(|weight| Prob::saturating(weight / total)).collect();
        let (set, mass) = credible_set(&gaps, prob(level));
        if let Some(best) = best_set(&gaps, level) {
            prop_assert!((mass.value() - best).abs() < 1e-9);
            prop_assert!(set.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}

/// A straight history of a power of two commits, bisected: git's counts are then the same from both sides.
#[derive(Clone, Debug)]
struct World {
    commits: u64,
    /// For each candidate: whether git is told that it has the bug, and its runs (crash or not).
    told: Vec<(bool, Vec<bool>)>,
    clean_end: Vec<bool>,
    crashing_end: Vec<bool>,
}

fn world() -> impl Strategy<Value = World> {
    let runs = || prop::collection::vec(any::<bool>(), 1..10);
    let told = prop::collection::vec((any::<bool>(), runs()), 0..8);
    (1u32..13, told, runs(), runs()).prop_map(|(halvings, told, clean_end, crashing_end)| World {
        commits: 1 << halvings,
        told,
        clean_end,
        crashing_end,
    })
}

const fn steps_left(all: u64) -> u32 {
    if all < 3 {
        return 0;
    }
    let n = all.ilog2();
    let e = 1u64 << n;
    if e < 3 * (all - e) { n } else { n - 1 }
}

impl World {
    /// As a cause bisection, or as the fix bisection of the mirrored history: position `p` of the one is position
    /// `commits - p` of the other.
    fn bisection(&self, kind: Kind) -> Bisection {
        let place = |p: u64| if kind == Kind::Cause { p } else { self.commits - p };
        let mut steps = vec![step(place(self.commits), Role::Origin, Verdict::Bad, &self.crashing_end)];
        let other = if kind == Kind::Cause { Role::Release } else { Role::Head };
        steps.push(step(place(0), other, Verdict::Good, &self.clean_end));
        let (mut clean, mut crashing) = (0, self.commits);
        let mut moves = Vec::new();
        for (bad, runs) in &self.told {
            let all = crashing - clean;
            if all < 2 {
                break;
            }
            let middle = clean + all / 2;
            let remaining = announced(kind, all);
            let side = if *bad == (kind == Kind::Cause) { Side::New } else { Side::Old };
            let verdict = if *bad { Verdict::Bad } else { Verdict::Good };
            moves.push(Move {
                line: Line(1),
                commit: commit(place(middle)),
                remaining: Some(remaining),
                side: Some(side),
                step: Some(steps.len()),
                picked: false,
            });
            steps.push(step(place(middle), Role::Candidate, verdict, runs));
            if *bad { crashing = middle } else { clean = middle }
        }
        let all = crashing - clean;
        let pending = (all > 1).then(|| (commit(place(clean + all / 2)), Some(announced(kind, all))));
        let ends = (RevisionName::Commit(commit(self.commits)), RevisionName::Commit(commit(0)));
        let walk = Walk {
            line: Line(1),
            new_end: ends.0,
            old_end: ends.1,
            moves,
            aside: Vec::new(),
            pending,
            concluded: all == 1,
        };
        bisection(kind, steps, walk)
    }
}

/// What git prints before it checks out the middle of `all` commits.
fn announced(kind: Kind, all: u64) -> Remaining {
    let reach = if kind == Kind::Cause { all / 2 } else { all - all / 2 };
    Remaining { revisions: u32::try_from(all - reach - 1).unwrap(), steps: steps_left(all) }
}

fn commit(position: u64) -> CommitId {
    CommitId::parse(&format!("{position:040x}")).unwrap()
}

fn step(position: u64, role: Role, verdict: Verdict, runs: &[bool]) -> Step {
    let shown = |crash: bool| if crash { Outcome::Crash(None) } else { Outcome::Pass };
    let runs = runs.iter().zip(0..).map(|(crash, number)| Run::once(Line(1), number, shown(*crash)));
    let mut step = Step::new(Line(1), commit(position), role);
    step.runs = runs.collect();
    step.decision = Some(Decision { verdict, basis: Basis::Deduced });
    step
}

fn bisection(kind: Kind, steps: Vec<Step>, walk: Walk) -> Bisection {
    let mut bisection = Bisection::new("world".into(), Source::new("world"), Line(1), Format::GitBisect, kind);
    bisection.origin = Some(steps[0].commit);
    bisection.steps = steps;
    bisection.walk = Some(walk);
    bisection
}

fn analysis(bisection: Bisection) -> Analysis {
    analyze(vec![bisection], &Settings::default()).remove(0)
}

fn posterior(analysis: &Analysis) -> Vec<f64> {
    analysis.gaps.iter().map(|gap| gap.posterior_any.map_or(-1.0, Prob::value)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_fix_is_a_cause_in_the_mirror(world in world()) {
        let cause = analysis(world.bisection(Kind::Cause));
        let fix = analysis(world.bisection(Kind::Fix));
        let mut mirrored = posterior(&fix);
        mirrored.reverse();
        assert_close(&posterior(&cause), &mirrored, 1e-9);
        for (ours, theirs) in cause.steps.iter().zip(&fix.steps) {
            let value = |p: Option<Prob>| p.map_or(-1.0, Prob::value);
            prop_assert!((value(ours.p_bad) - value(theirs.p_bad)).abs() < 1e-9);
            prop_assert!((value(ours.confidence) - value(theirs.confidence)).abs() < 1e-9);
        }
    }

    #[test]
    fn void_runs_say_nothing(world in world(), voids in 1usize..5) {
        let plain = analysis(world.bisection(Kind::Cause));
        let mut other = world.bisection(Kind::Cause);
        for step in &mut other.steps {
            let void = Outcome::Void(VoidKind::Boot, "no boot".into());
            step.runs.extend((0..voids).map(|_| Run::once(Line(1), 0, void.clone())));
        }
        assert_close(&posterior(&plain), &posterior(&analysis(other)), 0.0);
    }

    #[test]
    fn gaps_hold_the_whole_history(world in world()) {
        let analysis = analysis(world.bisection(Kind::Cause));
        let position = |commit: Option<CommitId>| {
            commit.and_then(|commit| u64::from_str_radix(&commit.to_string(), 16).ok())
        };
        for gap in &analysis.gaps {
            let distance = position(gap.after).zip(position(gap.upto)).map(|(after, upto)| upto - after);
            if gap.commits_exact {
                prop_assert_eq!(gap.commits, distance);
            }
        }
    }
}

/// A `git bisect log` of one run a revision, of `commits` on a line, with the culprit at `place`.
fn log_of_single_runs(commits: usize, place: usize) -> String {
    let hash = |i: usize| format!("{:040x}", 0xabcd_0000 + i);
    let (mut old, mut new) = (0, commits - 1);
    let mut log = format!("git bisect start\n# bad: [{}] new\ngit bisect bad {}\n", hash(new), hash(new));
    log = [log, format!("# good: [{}] old\ngit bisect good {}\n", hash(old), hash(old))].concat();
    while new - old > 1 {
        let middle = usize::midpoint(old, new);
        let word = if middle >= place { "bad" } else { "good" };
        log = [log, format!("# {word}: [{}] change\ngit bisect {word} {}\n", hash(middle), hash(middle))].concat();
        *(if middle >= place { &mut new } else { &mut old }) = middle;
    }
    log + &format!("# first bad commit: [{}] change\n", hash(new))
}

fn analysis_of(log: &str, settings: &Settings) -> Analysis {
    let read = read(log.as_bytes(), &Source::new("bisect.log")).unwrap();
    analyze(read.bisections, settings).remove(0)
}

/// At a known rate `r` the best other place of a plain log is the next older one: it explains everything but one pass, which it
/// has by `1 - r`, and the named commit's place by the little that a good revision lacks to certainty.
#[test]
fn evidence_for_another_place_is_a_bayes_factor() {
    for rate in [0.3, 0.5, 0.9] {
        let settings = Settings::default().with_reproduction(prob(rate));
        let analysis = analysis_of(&log_of_single_runs(4, 2), &settings);
        let factor = analysis.bayes_factor_elsewhere.unwrap();
        assert!((factor / (1.0 - rate) - 1.0).abs() < 0.03, "{rate}: {factor}");
        assert!(analysis.by_rate.is_empty(), "the rate is known");
    }
}

/// Lack of evidence is no evidence against a commit, wherever it lies and however long the line is.
#[test]
fn single_runs_never_speak_against_what_they_name() {
    for (commits, place) in [(3, 1), (9, 4), (40, 39), (100, 2), (1000, 500), (30_000, 17)] {
        let analysis = analysis_of(&log_of_single_runs(commits, place), &Settings::default());
        assert!(analysis.bayes_factor_elsewhere.unwrap() < 1.0, "{commits} {place}");
        assert!(matches!(analysis.answer, Answer::CannotTell | Answer::HoldsUp), "{commits} {place}");
        assert!(analysis.by_rate.windows(2).all(|two| two[0].p_named >= two[1].p_named), "{:?}", analysis.by_rate);
    }
}
