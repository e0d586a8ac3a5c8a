//! What `cargo xtask bench` measures: each figure beside a reference of the same run on the same machine, and beside what it
//! is to reach. Figures without a reference would tell of the machine alone.
//!
//! `tenantry-bench [--seconds N] [--connections N]`

mod admission;
mod figures;
mod guarded;
mod isolation;
mod load;
mod switching;

use std::time::Duration;

use figures::Row;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Effort {
    /// How long each side of a comparison is measured.
    time: Duration,
    /// Connections that are kept busy at once.
    connections: usize,
}

impl Effort {
    /// Reads the command line; what is not there has its default, what is wrong ends the program with a sentence.
    fn read() -> Result<Self, String> {
        let mut effort = Self { time: Duration::from_secs(5), connections: 32 };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let number = words.next().and_then(|text| text.parse::<u32>().ok()).filter(|number| *number > 0);
            match (word.as_str(), number) {
                ("--seconds", Some(number)) => effort.time = Duration::from_secs(number.into()),
                ("--connections", Some(number)) => effort.connections = number as usize,
                _ => return Err(format!("{word}: use --seconds N and --connections N")),
            }
        }
        Ok(effort)
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the figures are what was asked for")]
async fn main() -> std::process::ExitCode {
    let effort = match Effort::read() {
        Ok(effort) => effort,
        Err(sentence) => {
            eprintln!("{sentence}");
            return std::process::ExitCode::from(2);
        }
    };
    let mut rows = vec![guarded::measure(effort).await, switching::measure(effort).await];
    rows.extend(isolation::measure(effort).await);
    rows.extend(admission::measure(effort).await);
    println!("{}", Row::table(&rows));
    println!(
        "{} connections, {} s a side, throw-away database (nothing waits for the disk), client and server on the same {} \
         processors.",
        effort.connections,
        effort.time.as_secs(),
        std::thread::available_parallelism().map_or(1, usize::from),
    );
    std::process::ExitCode::SUCCESS
}
