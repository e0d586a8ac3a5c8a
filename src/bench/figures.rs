//! Figures: what was measured, beside what, to reach what; and the table of them.

use std::time::Duration;

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was measured.
    pub what: &'static str,
    /// The figure.
    pub measured: String,
    /// What it stands beside, of the same run.
    pub reference: String,
    /// What it is to reach.
    pub target: &'static str,
    /// Does it?
    pub reached: bool,
}

impl Row {
    /// All rows as text, in columns as wide as they need to be.
    #[must_use]
    pub fn table(rows: &[Self]) -> String {
        let head = ["what", "measured", "reference, same run", "target", ""].map(str::to_owned);
        let cells = rows.iter().map(|row| {
            let verdict = if row.reached { "reached" } else { "missed" };
            [
                row.what.to_owned(),
                row.measured.clone(),
                row.reference.clone(),
                row.target.to_owned(),
                verdict.to_owned(),
            ]
        });
        let lines: Vec<[String; 5]> = std::iter::once(head).chain(cells).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
        let widths: [usize; 5] = std::array::from_fn(width);
        let line = |cells: &[String; 5]| {
            let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// Times of the same thing, done many times.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Adds those of another turn.
    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// The time that a share of them stays within, in milliseconds (nearest rank); 0 where there are none.
    #[must_use]
    pub fn within(&mut self, share: f64) -> f64 {
        self.0.sort_unstable();
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_found_by_its_rank() {
        let mut times = Times::default();
        for milliseconds in (1..=100).rev() {
            times.add(Duration::from_millis(milliseconds));
        }
        assert_eq!((times.within(0.5), times.within(0.99), times.within(1.0)), (50.0, 99.0, 100.0));
        assert_eq!(Times::default().within(0.5), 0.0);
    }

    #[test]
    fn a_table_has_straight_columns() {
        let row = Row { what: "x", measured: "1/s".into(), reference: "–".into(), target: "≥ 1", reached: true };
        let table = Row::table(&[row]);
        let starts: Vec<Option<usize>> =
            table.lines().map(|line| line.find("measured").or_else(|| line.find("1/s"))).collect();
        assert_eq!(starts, [Some(6), Some(6)]);
    }
}
