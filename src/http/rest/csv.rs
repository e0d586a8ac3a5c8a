//! Series as comma-separated values (RFC 4180), for spreadsheets. A spreadsheet takes a cell that begins like a formula for
//! one, so such a text gets an apostrophe before it, which spreadsheets take for "this is text".

use axum::{
    http::header,
    response::{IntoResponse as _, Response},
};
use chrono::SecondsFormat;
use tenantry_kernel::metering::UsageSeries;

/// What a spreadsheet may take for the beginning of a formula.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// Writes a series as a file to keep: one line a point.
pub(super) fn download(meter: &str, series: &UsageSeries) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file_name(meter))),
    ];
    (headers, text(series)).into_response()
}

fn text(series: &UsageSeries) -> String {
    let mut text = String::from("start,group,value\r\n");
    for point in &series.data {
        let start = point.start.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let group = cell(point.group.as_deref().unwrap_or_default());
        // A quantity is a number: digits, a point, and where it is below nothing a sign, which is no formula's.
        text.extend([&start, ",", &group, ",", &point.value.to_string(), "\r\n"]);
    }
    text
}

fn cell(text: &str) -> String {
    let lead = if text.starts_with(FORMULA) { "'" } else { "" };
    let quoted = text.contains([',', '"', '\r', '\n']) || text.trim() != text;
    if quoted { format!("\"{lead}{}\"", text.replace('"', "\"\"")) } else { format!("{lead}{text}") }
}

/// A meter's name is ASCII; what parts folders is none of a file's.
fn file_name(meter: &str) -> String {
    format!("usage-{}.csv", meter.replace(['/', ':'], "-"))
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::metering::UsagePoint;

    use super::*;

    #[test]
    fn a_point_is_a_line() {
        let at = |text: &str| text.parse().expect("a moment");
        let point = |start: &str, group: Option<&str>, value: &str| UsagePoint {
            start: at(start),
            group: group.map(str::to_owned),
            value: value.parse().expect("a quantity"),
        };
        let data = vec![
            point("2026-11-01T00:00:00Z", Some("echo"), "2.5"),
            point("2026-11-02T00:00:00Z", None, "-1"),
            point("2026-11-03T00:00:00Z", Some("a, \"b\""), "12345678901234567890"),
        ];
        let lines = "start,group,value\r\n2026-11-01T00:00:00Z,echo,2.5\r\n2026-11-02T00:00:00Z,,-1\r\n\
                     2026-11-03T00:00:00Z,\"a, \"\"b\"\"\",12345678901234567890\r\n";
        assert_eq!(text(&UsageSeries { data }), lines);
        assert_eq!(text(&UsageSeries::default()), "start,group,value\r\n");
    }

    #[test]
    fn no_cell_is_taken_for_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0, x"] {
            let written = cell(formula);
            let begins = written.trim_start_matches('"');
            assert!(begins.starts_with('\''), "{written:?}");
        }
        assert_eq!((cell("echo").as_str(), cell("a=b").as_str(), cell(" a").as_str()), ("echo", "a=b", "\" a\""));
    }

    #[test]
    fn a_meters_name_is_no_path() {
        assert_eq!(file_name("gpu:h100/seconds"), "usage-gpu-h100-seconds.csv");
    }
}
