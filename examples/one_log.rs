//! A log from bytes: how far can the named commit be trusted, what is wrong with it, and where to look instead.
//!
//!     cargo run --no-default-features --example one_log

fn main() -> Result<(), bisectstat::Error> {
    // From a file, a web hook, a mail: bytes are all that is needed, in any format that the program reads.
    let log = include_bytes!("../data/004_css_free_rwork_fn.txt");

    for analysis in bisectstat::analyze(log)? {
        if let (Some(commit), Some(trusted)) = (analysis.named_culprit, analysis.trusted()) {
            println!("{} is to blame with {:.2}", commit.short(), trusted.value());
        }
        for finding in &analysis.findings {
            println!("{} {}, line {}: {}", finding.severity.name(), finding.rule.code, finding.line, finding.message);
        }
        if let Some(set) = &analysis.credible_set {
            println!("{:.3} of the probability is in {}", set.mass.value(), set.range.as_deref().unwrap_or("?"));
        }
    }
    Ok(())
}
