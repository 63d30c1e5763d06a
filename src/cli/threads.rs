//! `--jobs`: how many threads work.

use clap::Args;

/// The number of threads.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = super::GLOBAL)]
pub(super) struct Threads {
    /// Number of threads [default: one per processor]
    #[arg(short, long, value_name = "N", display_order = 1000, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

impl Threads {
    /// Starts this many threads; without a number, the first parallel step starts one per processor.
    pub(super) fn start(self) {
        if let Some(jobs) = self.jobs {
            // Fails only when a pool exists already, and then that one serves.
            let _ = rayon::ThreadPoolBuilder::new().num_threads(jobs.into()).build_global();
        }
    }
}
