//! A finished picture inside a page: a text alternative, and ids that are the picture's own.

use crate::chart::Picture;

/// A picture as the templates take it.
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) title: String,
    pub(super) alt: String,
    /// The element, without the prologue of a document.
    pub(super) svg: String,
}

impl Figure {
    pub(super) fn of(picture: Picture) -> Self {
        let svg = own_ids(element(&picture.svg), picture.name);
        let svg = svg.replacen("<svg", &format!("<svg aria-labelledby=\"alt-{}\"", picture.name), 1);
        let svg = if svg.contains("role=") { svg } else { svg.replacen("<svg", "<svg role=\"img\"", 1) };
        Self { name: picture.name, title: picture.title, alt: picture.alt, svg }
    }
}

/// Pictures as the templates take them.
pub(super) fn figures(pictures: Vec<Picture>) -> Vec<Figure> {
    pictures.into_iter().map(Figure::of).collect()
}

/// What stands between `<svg` and the end.
fn element(svg: &str) -> &str {
    svg.find("<svg").map_or("", |at| svg[at..].trim_end())
}

/// Two pictures on one page must not share an id. Text in an SVG has no bare quotes, so that only attributes match.
fn own_ids(svg: &str, name: &str) -> String {
    let mut own = svg.to_owned();
    for mark in [" id=\"", "url(#", "href=\"#"] {
        own = own.replace(mark, &format!("{mark}{name}-"));
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_keep_their_ids_apart() {
        let svg = "<?xml version=\"1.0\"?>\n<svg width=\"1\"><clipPath id=\"c\"/><g clip-path=\"url(#c)\"/></svg>\n";
        let picture = Picture { name: "rates", title: String::new(), alt: String::new(), svg: svg.to_owned() };
        let expected = "<svg role=\"img\" aria-labelledby=\"alt-rates\" width=\"1\"><clipPath id=\"rates-c\"/>\
                        <g clip-path=\"url(#rates-c)\"/></svg>";
        assert_eq!(Figure::of(picture).svg, expected);
    }
}
