//! WCAG 2.2 AA, computed from the tokens as they are shipped: 4.5:1 for text, 3:1 for edges and fills that carry meaning.
//! The formulas are those of the recommendation's "relative luminance" and "contrast ratio".

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../../../../style/tokens.css");
const GROUNDS: [&str; 6] = ["canvas", "rail", "surface", "surface-raised", "surface-sunk", "surface-hover"];
const TONES: [&str; 6] = ["brand", "brass", "success", "warning", "danger", "info"];

/// Each colour in the light and in the dark theme.
fn palette() -> BTreeMap<&'static str, [[u8; 3]; 2]> {
    TOKENS.lines().filter_map(colour).collect()
}

/// A line such as `--ink: var(--lit, #12221f) var(--dim, #ebf2ef);`.
fn colour(line: &'static str) -> Option<(&'static str, [[u8; 3]; 2])> {
    let (name, value) = line.trim().strip_prefix("--")?.split_once(':')?;
    let light = value.split("var(--lit, #").nth(1)?.get(..6)?;
    let dark = value.split("var(--dim, #").nth(1)?.get(..6)?;
    Some((name, [channels(light)?, channels(dark)?]))
}

fn channels(hex: &str) -> Option<[u8; 3]> {
    let number = u32::from_str_radix(hex, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn ratio(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Every pair that occurs: what, on what, and the least ratio.
fn pairs() -> Vec<(String, String, f64)> {
    let mut pairs = Vec::new();
    let mut add = |what: &str, on: &str, least: f64| pairs.push((what.to_owned(), on.to_owned(), least));
    for ground in GROUNDS {
        for ink in ["ink", "ink-soft", "ink-faint"] {
            add(ink, ground, 4.5);
        }
        for edge in ["line-strong", "focus", "data-4"] {
            add(edge, ground, 3.0);
        }
        for tone in TONES {
            add(&format!("{tone}-text"), ground, 4.5);
            add(tone, ground, 3.0);
        }
    }
    for tone in TONES {
        let tint = format!("{tone}-soft");
        add(&format!("{tone}-text"), &tint, 4.5);
        for ink in ["ink", "ink-soft", "ink-faint"] {
            add(ink, &tint, 4.5);
        }
        add("focus", &tint, 3.0);
    }
    for fill in ["brand", "brand-hover"] {
        add("on-brand", fill, 4.5);
    }
    for fill in ["danger", "danger-hover"] {
        add("on-danger", fill, 4.5);
    }
    for fill in ["brand", "warning", "danger"] {
        add(fill, "track", 3.0);
    }
    // The note over a button that refuses is the page turned inside out.
    add("canvas", "ink", 4.5);
    pairs
}

#[test]
fn every_pair_of_colours_can_be_told_apart_in_both_themes() {
    let palette = palette();
    let mut poor = Vec::new();
    for (what, on, least) in pairs() {
        let (Some(front), Some(back)) = (palette.get(what.as_str()), palette.get(on.as_str())) else {
            panic!("style/tokens.css has no --{what} or no --{on}");
        };
        for (theme, (front, back)) in ["light", "dark"].into_iter().zip(front.iter().zip(back)) {
            let found = ratio(*front, *back);
            if found < least {
                poor.push(format!("--{what} on --{on}, {theme}: {found:.2} instead of {least}"));
            }
        }
    }
    assert!(poor.is_empty(), "{}", poor.join("\n"));
}

#[test]
fn the_ratio_is_the_recommendations_own() {
    assert!((ratio([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 0.001);
    assert!((ratio([0x77, 0x77, 0x77], [255, 255, 255]) - 4.48).abs() < 0.01);
}
