//! What one step of a search costs, and how it grows: `cargo bench --bench search`. A step takes a run into account and
//! chooses the next one.

use bisectstat::model::search::{Assumptions, Choice, Costs, Outside, Places, Search, Shown};

fn main() {
    divan::main();
}

/// A search on so many commits with so many tested revisions; those of the newer two thirds crash in three runs of ten.
fn search(commits: u64, tested: u64) -> Search {
    let mut search = Search::new(Places::uniform(commits, Outside::default()).unwrap(), &Assumptions::usual());
    for i in 0..tested {
        let revision = (i * 7919 + 13) % tested * (commits / tested);
        let crashes = revision > commits / 3 && i % 10 < 3;
        search.observe(revision, if crashes { Shown::Bug } else { Shown::Pass });
    }
    search
}

fn step(search: &mut Search) -> Option<Choice> {
    search.observe(0, Shown::Pass);
    search.choose(&Costs::default())
}

#[divan::bench(args = [1_000, 10_000, 100_000, 1_000_000])]
fn by_commits(bencher: divan::Bencher, commits: u64) {
    bencher.with_inputs(|| search(commits, 100)).bench_local_refs(step);
}

#[divan::bench(args = [10, 30, 100, 300])]
fn by_tested_revisions(bencher: divan::Bencher, tested: u64) {
    bencher.with_inputs(|| search(1_000_000, tested)).bench_local_refs(step);
}
