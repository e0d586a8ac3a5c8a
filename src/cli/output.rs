//! What a command answers: text for people, or JSON for programs, on standard output; everything else goes to the log.

use std::io::{self, Write as _};

use serde::Serialize;

/// Prints a value as JSON, or what people read of it.
///
/// # Errors
/// When standard output is closed.
pub fn print(json: bool, value: &impl Serialize, text: impl FnOnce() -> String) -> io::Result<()> {
    let mut output = io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut output, value)?;
        writeln!(output)?;
    } else {
        writeln!(output, "{}", text())?;
    }
    output.flush()
}
