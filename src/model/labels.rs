//! Which of its titles a bug shows: the price of a set of titles.
//!
//! *Mixed*: a hierarchical Dirichlet process. Each revision draws its own mix of titles around a global one (Teh, Jordan, Beal & Blei 2006, *Hierarchical Dirichlet
//! Processes*): a rename is possible, yet not every stray crash joins. With `c_it` crashes of title `t` at revision `i`,
//! `N_i` of the whole set there, unsigned Stirling numbers `s`, and concentrations `alpha`, `beta`,
//!
//! ```text
//! E(z | alpha) = prod_i G(alpha) / G(alpha + N_i)
//!   * sum over M_t of [ prod_t beta (M_t - 1)! coef_t(M_t) ] * alpha^M G(beta) / G(beta + M),   M = sum M_t,
//! ```
//!
//! where `coef_t` are the coefficients of `prod_i sum_m s(c_it, m) x^m = prod_i prod_{j < c_it} (x + j)`. The sum over all
//! `M_t` is the product of the titles' polynomials: one convolution for each title that joins, whatever `alpha`.
//!
//! *Renamed*: at one gap of the line, each as likely, the titles change; on either side all crashes draw from one mix. With
//! `n_t` crashes of title `t` among the `N` of a side that shows any of it, Ewens' sampling formula (1972) gives a side
//!
//! `E = [ prod_t gamma (n_t - 1)! ] G(gamma) / G(gamma + N)`,
//!
//! with a small `gamma`: mostly one title. *Steady*: the same without a change. So a rename has a price of its own, and that
//! most bugs show one title all along does not make renames likely.

use statrs::function::gamma::ln_gamma;

use serde::{Deserialize, Serialize};

use crate::prob::LogProb;

/// One way for a bug to show its titles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Labelling {
    /// Revisions have their own mixes.
    Mixed {
        /// Concentration of a revision's own mix, above 0: small where one revision shows one title.
        alpha: f64,
    },
    /// The titles change once along the line.
    Renamed,
    /// They stay what they are: mostly one.
    Steady,
}

/// How titles mix.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelPrior {
    /// Ways to show titles, with their weights (summing to one).
    pub parts: Vec<(Labelling, f64)>,
    /// Concentration of the global mix.
    pub beta: f64,
    /// Concentration of a steady mix, and of the mix on one side of a rename.
    pub gamma: f64,
}

impl Default for LabelPrior {
    fn default() -> Self {
        const RENAMED: f64 = 0.1;
        const STEADY: f64 = 0.4;
        let alphas = [0.02, 0.1, 0.5, 2.0, 8.0, 32.0];
        let mixed = alphas.map(|alpha| (Labelling::Mixed { alpha }, (1.0 - RENAMED - STEADY) / 6.0));
        let others = [(Labelling::Renamed, RENAMED), (Labelling::Steady, STEADY)];
        Self { parts: mixed.into_iter().chain(others).collect(), beta: 1.0, gamma: 0.1 }
    }
}

/// The titles' polynomials, ready to be multiplied.
#[derive(Clone, Debug)]
pub struct LabelPrices<'a> {
    prior: &'a LabelPrior,
    titles: Vec<Polynomial>,
    tilt: f64,
    /// Crashes of each title at each revision.
    crashes: &'a [Vec<u32>],
    /// `ln G(alpha) / G(alpha + n)` for each part and `n`; none but for mixes.
    fallings: Vec<Vec<f64>>,
    /// `ln G(beta) / G(beta + n)`.
    of_beta: Vec<f64>,
    /// `ln G(gamma) / G(gamma + n)`.
    of_gamma: Vec<f64>,
    /// `ln G(n)`; the first is never asked for.
    gammas: Vec<f64>,
    /// Crashes of each title before each revision, and in all.
    before: Vec<Vec<u32>>,
}

/// Coefficients from `x^1` on, divided by `exp(scale)`.
#[derive(Clone, Debug, PartialEq)]
struct Polynomial {
    coefficients: Vec<f64>,
    scale: f64,
}

impl Polynomial {
    const ONE: Self = Self { coefficients: Vec::new(), scale: 0.0 };
    /// Keeps the coefficients of `x^M` within the range of floating point: they belong to `(x / RATIO)^M`.
    const RATIO: f64 = 4.0;

    /// `beta (M - 1)! coef(M) RATIO^-M exp(-tilt M)`, from the chance that `M` of the factors `(x + j)` give their `x`.
    fn of(crashes: &[u32], beta: f64, tilt: f64) -> Self {
        let mut chances = vec![1.0];
        let mut scale = beta.ln();
        for j in crashes.iter().flat_map(|crashes| 0..*crashes).map(f64::from) {
            scale += (Self::RATIO + j).ln();
            multiply_linear(&mut chances, Self::RATIO / (Self::RATIO + j));
        }
        let ln = |(m, chance): (u32, &f64)| chance.ln() + ln_gamma(f64::from(m)) - tilt * f64::from(m);
        let logs: Vec<f64> = (1..).zip(&chances[1..]).map(ln).collect();
        let max = logs.iter().fold(f64::NEG_INFINITY, |max, ln| max.max(*ln));
        Self { coefficients: logs.iter().map(|ln| (ln - max).exp()).collect(), scale: scale + max }
    }

    /// The product; [`Self::ONE`] has no coefficients at all.
    fn times(&self, other: &Self) -> Self {
        if self.coefficients.is_empty() {
            return other.clone();
        }
        let mut coefficients = vec![0.0; self.coefficients.len() + other.coefficients.len()];
        for (i, ours) in self.coefficients.iter().enumerate().filter(|(_, ours)| **ours > 0.0) {
            for (product, theirs) in coefficients[i + 1..].iter_mut().zip(&other.coefficients) {
                *product += ours * theirs;
            }
        }
        Self { coefficients, scale: self.scale + other.scale }
    }
}

/// `ln G(x) / G(x + n)`.
fn ln_falling(x: f64, n: u32) -> f64 {
    ln_gamma(x) - ln_gamma(x + f64::from(n))
}

/// `chances` of a number of successes, with one more trial.
fn multiply_linear(chances: &mut Vec<f64>, success: f64) {
    chances.push(0.0);
    for m in (1..chances.len()).rev() {
        chances[m] = chances[m] * (1.0 - success) + chances[m - 1] * success;
    }
    chances[0] *= 1.0 - success;
}

impl<'a> LabelPrices<'a> {
    /// Prepares the titles; `crashes` has one row a title, one column a revision.
    #[must_use]
    pub fn new(prior: &'a LabelPrior, crashes: &'a [Vec<u32>]) -> Self {
        let all: u32 = crashes.iter().flatten().sum();
        let tilt = (f64::from(all) / 2.0).max(1.0).ln();
        let longest = (0..crashes.first().map_or(0, Vec::len)).map(|i| crashes.iter().map(|row| row[i]).sum()).max();
        let fallings = |x: f64, most: u32| (0..=most).map(|n| ln_falling(x, n)).collect();
        let falling = |(labelling, _): &(Labelling, f64)| match labelling {
            Labelling::Mixed { alpha } => fallings(*alpha, longest.unwrap_or(0)),
            Labelling::Renamed | Labelling::Steady => Vec::new(),
        };
        let before = |row: &Vec<u32>| {
            let sums = row.iter().scan(0, |sum, n| {
                *sum += n;
                Some(*sum)
            });
            std::iter::once(0).chain(sums).collect()
        };
        Self {
            prior,
            titles: crashes.iter().map(|row| Polynomial::of(row, prior.beta, tilt)).collect(),
            tilt,
            crashes,
            fallings: prior.parts.iter().map(falling).collect(),
            of_beta: fallings(prior.beta, all),
            of_gamma: fallings(prior.gamma, all),
            gammas: (0..=all).map(|n| ln_gamma(f64::from(n))).collect(),
            before: crashes.iter().map(before).collect(),
        }
    }

    /// `ln w E(z)` of every subset of the titles, one entry a part of the prior; bit `t` of the index is title `t`. The
    /// empty set costs nothing.
    #[must_use]
    pub fn of_subsets(&self) -> Vec<Vec<LogProb>> {
        let mut products = vec![Polynomial::ONE];
        let mut prices = vec![self.prior.parts.iter().map(|(_, weight)| LogProb::from_ln(weight.ln())).collect()];
        for subset in 1..1usize << self.titles.len() {
            let highest = subset.ilog2() as usize;
            let product = products[subset & !(1 << highest)].times(&self.titles[highest]);
            prices.push(self.price(subset, &product));
            products.push(product);
        }
        prices
    }

    fn price(&self, subset: usize, product: &Polynomial) -> Vec<LogProb> {
        let revisions = self.crashes.first().map_or(0, Vec::len);
        let inside = |i: usize| {
            self.crashes.iter().enumerate().filter(|(t, _)| subset >> t & 1 == 1).map(move |(_, row)| row[i])
        };
        let totals: Vec<usize> = (0..revisions).map(|i| inside(i).sum::<u32>() as usize).collect();
        let tables = self.tables(product);
        let prices = self.prior.parts.iter().zip(&self.fallings).map(|((labelling, weight), falling)| {
            let price = match labelling {
                Labelling::Mixed { alpha } => {
                    let revisions: f64 = totals.iter().map(|n| falling[*n]).sum();
                    revisions + product.scale + self.over_tables(&tables, *alpha)
                }
                Labelling::Renamed => self.renamed(subset),
                Labelling::Steady => self.steady(subset),
            };
            LogProb::from_ln(weight.ln() + price)
        });
        prices.collect()
    }

    /// The mean over the gaps at which the titles may change.
    fn renamed(&self, subset: usize) -> f64 {
        let titles = || self.before.iter().enumerate().filter(|(t, _)| subset >> t & 1 == 1).map(|(_, row)| row);
        let revisions = self.crashes.first().map_or(0, Vec::len);
        let all = |row: &[u32]| row.last().copied().unwrap_or_default();
        let changes = 1..revisions.max(2);
        let count = changes.len();
        let terms = changes.map(|gap| {
            let older = self.ewens(titles().map(|row| row.get(gap).copied().unwrap_or_default()));
            let newer = self.ewens(titles().map(|row| all(row) - row.get(gap).copied().unwrap_or_default()));
            LogProb::from_ln(older + newer)
        });
        let terms: Vec<_> = terms.collect();
        LogProb::ln_sum_exp(&terms).ln() - f64::from(u32::try_from(count).unwrap_or(u32::MAX)).ln()
    }

    /// One mix for all crashes.
    fn steady(&self, subset: usize) -> f64 {
        let titles = self.before.iter().enumerate().filter(|(t, _)| subset >> t & 1 == 1);
        self.ewens(titles.map(|(_, row)| row.last().copied().unwrap_or_default()))
    }

    /// `ln E` of one side.
    fn ewens(&self, crashes: impl Iterator<Item = u32>) -> f64 {
        let (mut price, mut all) = (0.0, 0);
        for crashes in crashes.filter(|crashes| *crashes > 0) {
            price += self.prior.gamma.ln() + self.gammas[crashes as usize];
            all += crashes;
        }
        price + self.of_gamma[all as usize]
    }

    /// The numbers of tables `M`, with the logarithms of their terms but for `alpha^M`.
    fn tables(&self, product: &Polynomial) -> Vec<(f64, f64)> {
        let terms = (1u32..).zip(&product.coefficients).zip(&self.of_beta[1..]);
        let terms = terms.filter(|((_, coefficient), _)| **coefficient > 0.0);
        terms.map(|((m, coefficient), falling)| (f64::from(m), coefficient.ln() + falling)).collect()
    }

    /// The sum over the number of tables.
    fn over_tables(&self, tables: &[(f64, f64)], alpha: f64) -> f64 {
        let slope = self.tilt + (alpha / Polynomial::RATIO).ln();
        let terms: Vec<_> = tables.iter().map(|(m, ln)| LogProb::from_ln(ln + slope * m)).collect();
        LogProb::ln_sum_exp(&terms).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chance of the labels one after the other, over every way to seat the crashes: at a table of its revision that
    /// has the label, or at a new one, whose label is an old one or new.
    fn franchise(labels: &[(usize, usize)], tables: &mut Vec<(usize, usize, f64)>, alpha: f64, beta: f64) -> f64 {
        let Some(((revision, title), rest)) = labels.split_first() else { return 1.0 };
        let seated: f64 = tables.iter().filter(|(i, ..)| i == revision).map(|(.., n)| n).sum();
        let mut sum = 0.0;
        for table in 0..tables.len() {
            if (tables[table].0, tables[table].1) == (*revision, *title) {
                let chance = tables[table].2 / (seated + alpha);
                tables[table].2 += 1.0;
                sum += chance * franchise(rest, tables, alpha, beta);
                tables[table].2 -= 1.0;
            }
        }
        let count = |n: usize| u8::try_from(n).unwrap();
        let same = count(tables.iter().filter(|(_, t, _)| t == title).count());
        let all = count(tables.len());
        let (same, all) = (f64::from(same), f64::from(all));
        let label = if same > 0.0 { same } else { beta };
        tables.push((*revision, *title, 1.0));
        sum += alpha / (seated + alpha) * label / (all + beta) * franchise(rest, tables, alpha, beta);
        tables.pop();
        sum
    }

    #[test]
    fn prices_are_sums_over_all_seatings() {
        let crashes = vec![vec![2, 0, 1], vec![1, 2, 0], vec![0, 1, 0]];
        for (alpha, beta) in [(0.02, 1.0), (0.7, 1.0), (5.0, 2.5)] {
            let parts = vec![(Labelling::Mixed { alpha }, 1.0)];
            let prior = LabelPrior { parts, beta, gamma: 0.1 };
            let prices = LabelPrices::new(&prior, &crashes).of_subsets();
            for (subset, price) in prices.iter().enumerate() {
                let titles = (0..3).filter(|t| subset >> t & 1 == 1);
                let labels: Vec<_> = titles
                    .flat_map(|t| crashes[t].iter().enumerate().flat_map(move |(i, n)| (0..*n).map(move |_| (i, t))))
                    .collect();
                let expected = franchise(&labels, &mut Vec::new(), alpha, beta).ln();
                assert!((price[0].ln() - expected).abs() < 1e-9, "{subset}: {price:?} {expected}");
            }
        }
    }

    #[test]
    fn concentrations_are_averaged() {
        let crashes = vec![vec![1, 1], vec![0, 2]];
        let of = |alphas: &[(f64, f64)]| {
            let weighted = alphas.iter().map(|(alpha, weight)| (Labelling::Mixed { alpha: *alpha }, *weight));
            let prior = LabelPrior { parts: weighted.collect(), beta: 1.0, gamma: 0.1 };
            let prices = LabelPrices::new(&prior, &crashes).of_subsets();
            prices.iter().map(|p| LogProb::ln_sum_exp(p).ln().exp()).collect::<Vec<_>>()
        };
        let (first, second, both) = (of(&[(0.1, 1.0)]), of(&[(4.0, 1.0)]), of(&[(0.1, 0.5), (4.0, 0.5)]));
        for subset in 0..4 {
            assert!((both[subset] - f64::midpoint(first[subset], second[subset])).abs() < 1e-12);
        }
    }

    /// Every crash one after the other, by the urn that Ewens' formula sums up, for each gap of the rename.
    #[test]
    fn a_rename_is_the_mean_over_its_places() {
        let crashes = vec![vec![2, 1, 0, 0], vec![0, 1, 3, 1]];
        let gamma = 0.3;
        let prior = LabelPrior { parts: vec![(Labelling::Renamed, 1.0), (Labelling::Steady, 1.0)], beta: 1.0, gamma };
        let prices = LabelPrices::new(&prior, &crashes).of_subsets();
        let urn = |revisions: std::ops::Range<usize>, titles: &[usize]| {
            let (mut seen, mut all, mut chance) = ([0.0, 0.0], 0.0, 1.0);
            for i in revisions {
                for t in titles {
                    for _ in 0..crashes[*t][i] {
                        chance *= if seen[*t] > 0.0 { seen[*t] } else { gamma } / (all + gamma);
                        seen[*t] += 1.0;
                        all += 1.0;
                    }
                }
            }
            chance
        };
        for (subset, titles) in [(1, vec![0]), (2, vec![1]), (3, vec![0, 1])] {
            let mean = (1..4).map(|gap| urn(0..gap, &titles) * urn(gap..4, &titles)).sum::<f64>() / 3.0;
            assert!((prices[subset][0].ln() - mean.ln()).abs() < 1e-9, "{subset}");
            assert!((prices[subset][1].ln() - urn(0..4, &titles).ln()).abs() < 1e-9, "{subset}");
        }
    }

    /// One title can be priced by hand: all crashes share a label, so only the tables are summed out.
    #[test]
    fn one_title_costs_what_its_tables_cost() {
        let crashes = vec![vec![200, 200, 20, 0, 7]];
        let prices = LabelPrices::new(&LabelPrior::default(), &crashes).of_subsets();
        let price = LogProb::ln_sum_exp(&prices[1]).ln();
        assert!((-60.0..0.0).contains(&price), "{price}");
    }
}
