//! JSON: an array, or one object a line. The keys are those of `schema/analysis.json`.

use std::io::{self, Write};

use crate::analysis::Analysis;
use crate::calibrate::Calibration;
use crate::calibrate::blame::BlameFit;
use crate::prob::json::{to_writer, to_writer_pretty};

/// Writes all analyses as one array.
///
/// # Errors
/// When `out` cannot be written.
pub fn array(analyses: &[Analysis], out: &mut impl Write) -> io::Result<()> {
    to_writer_pretty(&mut *out, analyses)?;
    writeln!(out)
}

/// Writes one object a line.
///
/// # Errors
/// When `out` cannot be written.
///
/// ```
/// use bisectstat::report::json;
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let mut out = Vec::new();
/// json::lines(&bisectstat::analyze(&log)?, &mut out)?;
/// assert!(out.starts_with(b"{\"schema\":\"bisectstat/1\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn lines(analyses: &[Analysis], out: &mut impl Write) -> io::Result<()> {
    for analysis in analyses {
        to_writer(&mut *out, analysis)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Writes a comparison with the truth as one object. Its keys are those of `schema/calibration.json`.
///
/// # Errors
/// When `out` cannot be written.
pub fn calibration(calibration: &Calibration, out: &mut impl Write) -> io::Result<()> {
    to_writer_pretty(&mut *out, calibration)?;
    writeln!(out)
}

/// Writes how a fit did on bisections that it had not seen, as one object: `scores` of the first deal in full, `over_deals`
/// the means over all deals, `trade_offs` what demands on `p_right` do.
///
/// # Errors
/// When `out` cannot be written.
pub fn blame_fit(fitted: &BlameFit, out: &mut impl Write) -> io::Result<()> {
    to_writer_pretty(&mut *out, fitted)?;
    writeln!(out)
}
