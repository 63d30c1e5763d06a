//! In the place of `getrandom`, which only writing encrypted archives would ask for, and which would import JavaScript.

use std::fmt;

/// There is no chance here.
#[derive(Clone, Copy, Debug)]
pub struct Error;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing random is to be had here")
    }
}

impl std::error::Error for Error {}

/// Fails.
///
/// # Errors
/// Always.
pub fn fill(_bytes: &mut [u8]) -> Result<(), Error> {
    Err(Error)
}

/// The same.
///
/// # Errors
/// Always.
pub fn u64() -> Result<u64, Error> {
    Err(Error)
}
