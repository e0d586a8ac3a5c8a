//! What `cargo xtask bench` measures: each figure beside a reference of the same run on the same machine, and beside what it
//! is to reach. Figures without a reference would tell of the machine alone.
//!
//! `tenantry-bench [--seconds N] [--connections N] [--only SUBJECT]` measures; `tenantry-bench --chaos N` measures nothing and
//! lets chaos loose for so many seconds.

mod admission;
mod allowance;
mod chaos;
mod figures;
mod guarded;
mod isolation;
mod load;
mod metering;
mod scale;
mod sign_ins;
mod switching;
mod verification;

use std::time::Duration;

use figures::Row;

/// The product's own (`src/main.rs`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What can be measured by itself.
const SUBJECTS: [&str; 9] =
    ["guarded", "switching", "isolation", "verification", "admission", "neighbours", "metering", "scale", "sign-ins"];

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Effort {
    /// How long each side of a comparison is measured.
    time: Duration,
    /// Connections that are kept busy at once.
    connections: usize,
    /// How long chaos goes on, instead of all else.
    chaos: Option<Duration>,
    /// The one subject that is measured; all of them otherwise.
    only: Option<&'static str>,
}

impl Effort {
    /// Reads the command line; what is not there has its default, what is wrong ends the program with a sentence.
    fn read() -> Result<Self, String> {
        let mut effort = Self { time: Duration::from_secs(5), connections: 32, chaos: None, only: None };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().unwrap_or_default();
            let number = value.parse::<u32>().ok().filter(|number| *number > 0);
            let subject = SUBJECTS.into_iter().find(|subject| *subject == value);
            match (word.as_str(), number) {
                ("--only", _) if subject.is_some() => effort.only = subject,
                ("--seconds", Some(number)) => effort.time = Duration::from_secs(number.into()),
                ("--connections", Some(number)) => effort.connections = number as usize,
                ("--chaos", Some(number)) => effort.chaos = Some(Duration::from_secs(number.into())),
                _ => {
                    return Err(format!(
                        "{word}: use --seconds N, --connections N, --chaos N or --only {}",
                        SUBJECTS.join("|")
                    ));
                }
            }
        }
        Ok(effort)
    }

    fn wants(self, subject: &str) -> bool {
        self.only.is_none_or(|only| only == subject)
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
    if let Some(time) = effort.chaos {
        let report = chaos::run(time).await;
        print!("{report}");
        return std::process::ExitCode::from(u8::from(!report.findings.is_empty()));
    }
    let mut rows = Vec::new();
    if effort.wants("guarded") {
        rows.push(guarded::measure(effort).await);
    }
    if effort.wants("switching") {
        rows.push(switching::measure(effort).await);
    }
    if effort.wants("isolation") {
        rows.extend(isolation::measure(effort).await);
    }
    if effort.wants("verification") {
        rows.push(verification::measure());
    }
    if effort.wants("admission") {
        rows.extend(admission::measure(effort).await);
        rows.push(allowance::measure(effort).await);
    }
    if effort.wants("neighbours") {
        rows.extend(admission::neighbours().await);
    }
    if effort.wants("metering") {
        rows.extend(metering::measure(effort).await);
    }
    if effort.wants("sign-ins") {
        rows.push(sign_ins::measure(effort).await);
    }
    if effort.wants("scale") {
        rows.extend(scale::measure(effort).await);
    }
    println!("{}", Row::table(&rows));
    println!(
        "{} connections, {} s a side, throw-away database (fsync is off: nothing waits for the disk), client and server on the same {} \
         processors.",
        effort.connections,
        effort.time.as_secs(),
        std::thread::available_parallelism().map_or(1, usize::from),
    );
    std::process::ExitCode::SUCCESS
}
