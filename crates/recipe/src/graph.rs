//! Drawings of a plan: as Mermaid, as text, as SVG. Start at [`text`]; `outline` is what all three draw.

mod labels;
mod mermaid;
mod outline;
mod svg;
mod text;

pub use mermaid::mermaid;
pub use svg::svg;
pub use text::text;
