//! The pages of a workspace, for whoever lists them: the navigation and the command palette.

use crate::app::ui::Glyph;

/// A page that one can go to from anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Where it is.
    pub href: &'static str,
    /// Its icon.
    pub glyph: Glyph,
    /// What it is called.
    pub name: &'static str,
    /// What else somebody may call it who looks for it.
    pub also: &'static str,
}

/// The pages, in the order of the navigation.
pub const PLACES: [Place; 5] = [
    Place { href: "/dashboard", glyph: Glyph::Dashboard, name: "Dashboard", also: "home overview limits jobs" },
    Place { href: "/dispatch", glyph: Glyph::Dispatch, name: "Dispatch", also: "run start job" },
    Place { href: "/tools", glyph: Glyph::Tool, name: "Tools", also: "webhook n8n connect" },
    Place { href: "/keys", glyph: Glyph::Key, name: "API keys", also: "secret token program" },
    Place { href: "/plans", glyph: Glyph::Layers, name: "Plans", also: "billing upgrade price limits" },
];
