//! A prior from an archive of one's own: how reproducible its bugs are and how old their causes, learned from the logs alone
//! by a few rounds of expectation maximisation. The truth about a bug is not needed.
//!
//!     cargo run --no-default-features --example fit_prior

use std::error::Error;
use std::fs;

use bisectstat::analysis::{Settings, analyze, learn};
use bisectstat::evidence::Source;
use bisectstat::ingest::read;

fn main() -> Result<(), Box<dyn Error>> {
    // A real archive has hundreds of logs; these five show how.
    let mut logs: Vec<_> =
        fs::read_dir("data")?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    logs.retain(|path| path.extension().is_some_and(|end| end == "txt"));
    logs.sort();
    let mut bisections = Vec::new();
    for path in &logs {
        bisections.extend(read(&fs::read(path)?, &Source::new(path.to_string_lossy()))?.bisections);
    }

    let settings = Settings::generic().without_judgement();
    let mut prior = settings.unlearned();
    for _ in 0..5 {
        prior = prior.next();
        let round = settings.clone().with_prior(&prior);
        learn(&mut prior, &analyze(bisections.clone(), &round));
    }
    prior.name = String::from("our archive");

    let named = |settings: &Settings| {
        let analyses = analyze(bisections.clone(), settings);
        analyses.into_iter().map(|analysis| (analysis.path, analysis.p_named)).collect::<Vec<_>>()
    };
    println!("learned from {} bisections", prior.bisections);
    for ((path, before), (_, after)) in named(&settings).into_iter().zip(named(&settings.clone().with_prior(&prior))) {
        if let (Some(before), Some(after)) = (before, after) {
            println!("{path}: the named commit {:.3} before, {:.3} with the prior", before.value(), after.value());
        }
    }
    // `serde_json::to_string(&prior)` is the file that `bisectstat analyze --prior` reads.
    Ok(())
}
