//! Reading beside the whole analysis, over logs in memory: `cargo bench --bench reading -- FOLDER` prints one line a step.
//! `benches/scale.sh` puts the figures beside those of grep.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use bisectstat::analysis::{self, Settings};
use bisectstat::evidence::{Bisection, Source};
use bisectstat::finding::{self, Limits};
use bisectstat::frame::Frames;
use bisectstat::ingest::{read, source};
use rayon::prelude::*;

/// The fastest of so many tries: the others were disturbed.
const TRIES: usize = 5;

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_else(|| "data".to_owned());
    let mut logs: Vec<Source> = Vec::new();
    source::inputs(Path::new(&folder), &mut |input| logs.push(input.source));
    let bytes: usize = logs.iter().map(|log| log.bytes().len()).sum();
    println!("step,threads,seconds,megabytes_a_second");
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let tell = |step: &str, time: Duration| {
            #[expect(clippy::cast_precision_loss, reason = "bytes of an archive")]
            let rate = bytes as f64 / 1e6 / time.as_secs_f64();
            println!("{step},{threads},{:.4},{rate:.0}", time.as_secs_f64());
        };
        pool.install(|| {
            tell("evidence", fastest(|| evidence(&logs)));
            tell("evidence and frames", fastest(|| frames(&logs)));
            if threads == 2 || bytes < 64 << 20 {
                tell("analysis", once(|| analyses(&logs)));
            }
        });
    }
}

fn fastest<T>(work: impl Fn() -> T) -> Duration {
    (0..TRIES).map(|_| once(&work)).min().unwrap_or_default()
}

fn once<T>(work: impl Fn() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

fn one(log: &Source) -> Vec<Bisection> {
    read(log.bytes(), log).map(|reading| reading.bisections).unwrap_or_default()
}

fn bisections(logs: &[Source]) -> Vec<Bisection> {
    logs.par_iter().flat_map_iter(one).collect()
}

fn evidence(logs: &[Source]) -> usize {
    logs.par_iter().map(|log| read(log.bytes(), log).map_or(0, |reading| reading.bisections.len())).sum()
}

/// Frames are those of a batch, as in the program.
const BATCH: usize = 128;

/// Logs that are read, and made frames of, in one go; the program has the models between the two.
const FEW: usize = 16;

fn frames(logs: &[Source]) -> usize {
    let of = |few: &[Source]| {
        let bisections: Vec<Bisection> = few.iter().flat_map(one).collect();
        Frames::from_evidence(&bisections).unwrap()
    };
    logs.chunks(BATCH)
        .map(|batch| Frames::stacked(batch.par_chunks(FEW).map(of).collect::<Vec<_>>()).unwrap().runs.height())
        .sum()
}

fn analyses(logs: &[Source]) -> usize {
    let settings = Settings::default();
    let batches = logs.chunks(BATCH).map(|batch| {
        let mut analyses = analysis::analyze(bisections(batch), &settings);
        finding::judge(&mut analyses, &Limits::default());
        Frames::of(&analyses).map_or(0, |frames| frames.bisections.height())
    });
    batches.sum()
}
