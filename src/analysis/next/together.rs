//! Which revisions to run at the same time: those that tell most together.
//!
//! One after the other, each is the one that tells most given what those before it may show. Runs of a revision count as one
//! outcome here, a crash or none. With `P` the chance that the revision is bad, and `r` and `g` the chances of a crash if it is
//! bad or good,
//!
//! `I = h(P r + (1 - P) g) - P h(r) - (1 - P) h(g)`,
//!
//! averaged over the worlds that the outcomes so far can leave behind; the likeliest few are followed. Outcomes are independent
//! given the place of the change, so no other choice tells more than `1 / (1 - 1/e)` times as much (Krause & Guestrin 2005,
//! *Near-optimal Nonmyopic Value of Information in Graphical Models*).

use crate::model::search::information::binary_entropy;

/// Runs of a revision that could be made.
pub(super) struct Offer<T> {
    pub(super) what: T,
    /// The part of each place, from old to new, in which the change makes the revision bad.
    pub(super) bad: Vec<(f64, f64)>,
    /// P(a crash), if it is good and if it is bad.
    pub(super) crash: [f64; 2],
    /// What the runs cost, compared with others'.
    pub(super) cost: f64,
}

/// Worlds that are followed.
const WORLDS: usize = 16;

/// A part of a place that no chosen revision divides.
#[derive(Clone, Copy)]
struct Cell {
    place: usize,
    from: f64,
    to: f64,
}

/// What may be known after the runs chosen so far.
struct Known {
    cells: Vec<Cell>,
    /// How likely each world is, with the mass of each cell.
    worlds: Vec<(f64, Vec<f64>)>,
}

/// Up to `most` of the offers, the best first; none that tells less than `least` bits beside those before it.
pub(super) fn together<T>(mut offers: Vec<Offer<T>>, masses: &[f64], most: usize, least: f64) -> Vec<T> {
    let mut known = Known::new(masses);
    let mut chosen = Vec::new();
    while chosen.len() < most {
        let tell = |offer: &Offer<T>| known.bits(offer);
        let told = offers.iter().map(tell).enumerate().filter(|(_, bits)| *bits > least);
        let worth = |(i, bits): &(usize, f64)| bits / offers[*i].cost;
        // The first of equals.
        let best = told.reduce(|best, next| if worth(&next) > worth(&best) { next } else { best });
        let Some((best, _)) = best else { break };
        let offer = offers.remove(best);
        known.after(&offer);
        chosen.push(offer.what);
    }
    chosen
}

impl Known {
    fn new(masses: &[f64]) -> Self {
        let total: f64 = masses.iter().sum();
        let cells = (0..masses.len()).map(|place| Cell { place, from: 0.0, to: 1.0 });
        let world = masses.iter().map(|mass| mass / total).collect();
        Self { cells: cells.collect(), worlds: if total > 0.0 { vec![(1.0, world)] } else { Vec::new() } }
    }

    /// What an offer tells on average.
    fn bits<T>(&self, offer: &Offer<T>) -> f64 {
        let [good, bad] = offer.crash;
        let shares: Vec<_> = self.cells.iter().map(|cell| cell.share(offer.bad[cell.place])).collect();
        let of = |(weight, masses): &(f64, Vec<f64>)| {
            let p: f64 = masses.iter().zip(&shares).map(|(mass, share)| mass * share).sum();
            let any = binary_entropy(p * bad + (1.0 - p) * good);
            weight * (any - p * binary_entropy(bad) - (1.0 - p) * binary_entropy(good))
        };
        self.worlds.iter().map(of).sum()
    }

    /// What may be known with the outcome of these runs.
    fn after<T>(&mut self, offer: &Offer<T>) {
        self.divide(&offer.bad);
        let [good, bad] = offer.crash;
        let crash: Vec<_> =
            self.cells.iter().map(|cell| if cell.is_in(offer.bad[cell.place]) { bad } else { good }).collect();
        let mut worlds = Vec::new();
        for (weight, masses) in std::mem::take(&mut self.worlds) {
            for crashed in [true, false] {
                let chance = |p: &f64| if crashed { *p } else { 1.0 - p };
                let left: Vec<_> = masses.iter().zip(&crash).map(|(mass, p)| mass * chance(p)).collect();
                let total: f64 = left.iter().sum();
                if total > 0.0 {
                    worlds.push((weight * total, left.into_iter().map(|mass| mass / total).collect()));
                }
            }
        }
        worlds.sort_by(|(a, _): &(f64, Vec<f64>), (b, _)| b.total_cmp(a));
        worlds.truncate(WORLDS);
        let total: f64 = worlds.iter().map(|(weight, _)| weight).sum();
        self.worlds = worlds.into_iter().map(|(weight, masses)| (weight / total, masses)).collect();
    }

    /// Divides cells where a part begins or ends.
    fn divide(&mut self, parts: &[(f64, f64)]) {
        for i in 0..self.cells.len() {
            for at in <[f64; 2]>::from(parts[self.cells[i].place]) {
                let Cell { place, from, to } = self.cells[i];
                if at <= from || at >= to {
                    continue;
                }
                let older = (at - from) / (to - from);
                self.cells[i].to = at;
                self.cells.push(Cell { place, from: at, to });
                for (_, masses) in &mut self.worlds {
                    masses.push(masses[i] * (1.0 - older));
                    masses[i] *= older;
                }
            }
        }
    }
}

impl Cell {
    /// How much of it lies in a part of its place.
    fn share(self, (from, to): (f64, f64)) -> f64 {
        ((to.min(self.to) - from.max(self.from)) / (self.to - self.from)).max(0.0)
    }

    /// The same for a cell that no end of the part divides.
    fn is_in(self, part: (f64, f64)) -> bool {
        self.share(part) > 0.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Revisions within one place and at its ends.
    fn within(places: usize, place: usize, at: f64, crash: [f64; 2]) -> Offer<(usize, f64)> {
        let bad = (0..places).map(|other| match other.cmp(&place) {
            std::cmp::Ordering::Less => (0.0, 1.0),
            std::cmp::Ordering::Equal => (0.0, at),
            std::cmp::Ordering::Greater => (0.0, 0.0),
        });
        Offer { what: (place, at), bad: bad.collect(), crash, cost: 1.0 }
    }

    #[test]
    fn sure_tests_quarter_a_place() {
        let offers = || -> Vec<_> { (1..16).map(|i| within(1, 0, f64::from(i) / 16.0, [0.0, 1.0])).collect() };
        let mut three = together(offers(), &[1.0], 3, 0.0);
        assert_eq!(three[0], (0, 0.5));
        three.sort_by(|a, b| a.1.total_cmp(&b.1));
        assert_eq!(three, [(0, 0.25), (0, 0.5), (0, 0.75)]);
        assert_eq!(together(offers(), &[1.0], 99, 0.01).len(), 15);
        assert!(together(offers(), &[0.0], 3, 0.0).is_empty());
    }

    /// All sets of two, with all their outcomes: no other pair tells much more than the one that is chosen.
    #[test]
    fn no_other_pair_tells_much_more() {
        let (masses, crash) = ([0.1, 0.5, 0.25, 0.15], [0.05, 0.7]);
        let all = || -> Vec<_> {
            let places = 0..masses.len();
            places.flat_map(|place| [0.3, 0.5, 0.8, 1.0].map(|at| within(masses.len(), place, at, crash))).collect()
        };
        let joint = |pair: &[&Offer<(usize, f64)>]| {
            let grid = (0..masses.len()).flat_map(|place| (0..100).map(move |i| (place, (f64::from(i) + 0.5) / 100.0)));
            let (mut outcomes, mut given) = ([0.0; 4], 0.0);
            for (place, at) in grid {
                let mass = masses[place] / 100.0;
                let crash = |offer: &&Offer<(usize, f64)>| offer.crash[usize::from(at < offer.bad[place].1)];
                let (a, b) = (crash(&pair[0]), crash(&pair[1]));
                let joint = [a * b, a * (1.0 - b), (1.0 - a) * b, (1.0 - a) * (1.0 - b)];
                joint.iter().zip(&mut outcomes).for_each(|(p, sum)| *sum += mass * p);
                given += mass * (binary_entropy(a) + binary_entropy(b));
            }
            -outcomes.iter().map(|p: &f64| p * p.log2()).sum::<f64>() - given
        };
        let offers = all();
        let find = |what: &(usize, f64)| offers.iter().find(|offer| offer.what == *what).unwrap();
        let chosen = together(all(), &masses, 2, 0.0);
        let ours = joint(&[find(&chosen[0]), find(&chosen[1])]);
        let best = offers.iter().flat_map(|a| offers.iter().map(move |b| (a, b))).filter(|(a, b)| a.what != b.what);
        let best = best.map(|(a, b)| joint(&[a, b])).fold(0.0, f64::max);
        assert!(ours > 0.97 * best, "{ours} {best} {chosen:?}");
    }
}
