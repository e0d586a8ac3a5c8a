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

/// How many of them a phone shows at once; the others unfold.
pub const FIRST: usize = 4;

/// The page of the person, which is reached by their menu and not by the navigation.
pub const ACCOUNT: &str = "/account";

/// The pages, in the order of the navigation.
pub const PLACES: [Place; 9] = [
    Place { href: "/dashboard", glyph: Glyph::Dashboard, name: "Dashboard", also: "home overview limits jobs" },
    Place { href: "/dispatch", glyph: Glyph::Dispatch, name: "Dispatch", also: "run start job" },
    Place { href: "/usage", glyph: Glyph::Gauge, name: "Usage", also: "metering tokens cost csv chart" },
    Place { href: "/tools", glyph: Glyph::Tool, name: "Tools", also: "webhook n8n connect" },
    Place { href: "/keys", glyph: Glyph::Key, name: "API keys", also: "secret token program" },
    Place { href: "/webhooks", glyph: Glyph::Webhook, name: "Webhooks", also: "inbound endpoint deliveries events" },
    Place { href: "/plans", glyph: Glyph::Layers, name: "Plans", also: "billing upgrade price limits" },
    Place {
        href: "/settings",
        glyph: Glyph::Sliders,
        name: "Settings",
        also: "organization name address time zone workspace id",
    },
    Place { href: ACCOUNT, glyph: Glyph::Person, name: "Account", also: "me password sessions devices e-mail" },
];

/// Those that the navigation lists.
pub fn navigation() -> impl Iterator<Item = Place> + Clone {
    PLACES.into_iter().filter(|place| place.href != ACCOUNT)
}

/// Is it the path of one of them?
#[cfg(feature = "ssr")]
pub fn in_navigation(path: &str) -> bool {
    navigation().any(|place| place.href == path)
}
