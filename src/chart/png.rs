//! A picture → PNG, with the font inside the program: the same pixels on every machine.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use super::Picture;

/// Pixels of the PNG for one of the picture.
const SCALE: u8 = 2;

/// Why there is no PNG.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// The SVG could not be read.
    #[error("found a picture that cannot be drawn: {0}")]
    Svg(#[from] resvg::usvg::Error),
    /// It is too large to be drawn.
    #[error("found a picture of {0} by {1} pixels, expected fewer")]
    Size(u32, u32),
    /// The PNG could not be written.
    #[error("the PNG could not be made: {0}")]
    Encode(String),
}

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.load_font_data(dejavu::sans::bold().to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

/// The picture as PNG, at twice its size.
///
/// # Errors
/// [`PngError::Size`] for a picture that does not fit into memory.
///
/// ```
/// use bisectstat::chart::{Theme, of_bisection, png};
///
/// let log = std::fs::read("data/004_css_free_rwork_fn.txt")?;
/// let pictures = of_bisection(&bisectstat::analyze(&log)?[0], Theme::Light);
/// assert!(png(&pictures[0])?.starts_with(b"\x89PNG"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn png(picture: &Picture) -> Result<Vec<u8>, PngError> {
    let options = Options { fontdb: Arc::clone(&FONTS), ..Options::default() };
    let tree = Tree::from_str(&picture.svg, &options)?;
    let size = tree.size().to_int_size().scale_by(f32::from(SCALE));
    let (width, height) = size.map_or((0, 0), |size| (size.width(), size.height()));
    let mut pixels = Pixmap::new(width, height).ok_or(PngError::Size(width, height))?;
    resvg::render(&tree, Transform::from_scale(f32::from(SCALE), f32::from(SCALE)), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| PngError::Encode(error.to_string()))
}
