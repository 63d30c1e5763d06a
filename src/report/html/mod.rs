//! HTML: a page for one bisection, an overview for many. A page is one file without a request to anywhere; it is whole
//! without scripts, and the little one only sorts, filters and marks.

mod archive;
mod chances;
mod escape;
mod evidence;
#[cfg(feature = "report")]
mod histories;
mod log;
mod page;
mod picture;
mod why;

pub use archive::{Overview, overview};
#[cfg(feature = "report")]
pub use histories::{HistoriesPage, histories, history};
pub use page::{Page, page};

/// The look, in every page.
const STYLE: &str = include_str!("style.css");
/// What sorts, filters and marks, in every page.
const SCRIPT: &str = include_str!("script.js");
/// The version that wrote the page.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What a page may do: its own style, its one script by its hash (SHA-256, Base64), and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
                      script-src 'sha256-jKsEGRi0AhjDfV5FbLe+vl2Vsd/m4U/7hFDiqvdT8xU='; base-uri 'none'; form-action 'none'";
