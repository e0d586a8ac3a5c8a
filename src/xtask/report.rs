//! What a person sees while waiting: a title for each step, a clock on the silent ones, and how long it took. All of it
//! goes to stderr, so that stdout stays what the tools themselves print.
#![expect(clippy::print_stderr, reason = "a command line tool speaks on the terminal")]

use std::io::{IsTerminal, stderr};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Error, Result};

/// How often a line is added where no terminal can rewrite one.
const QUIET_TICK: Duration = Duration::from_secs(15);

/// Runs a step that prints by itself, between its title and its time.
pub fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("▸ {title}");
    let start = Instant::now();
    let outcome = work();
    eprintln!("{} {title} · {}", mark(outcome.is_ok()), seconds(start));
    outcome
}

/// Runs a silent step, with a clock while it lasts.
pub fn silent_step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let (stop, stopped) = mpsc::channel::<()>();
    let outcome = thread::scope(|scope| {
        scope.spawn(|| tick(title, start, stopped));
        let outcome = work();
        drop(stop);
        outcome
    });
    let clear = if stderr().is_terminal() { "\r\x1b[K" } else { "" };
    eprintln!("{clear}{} {title} · {}", mark(outcome.is_ok()), seconds(start));
    outcome
}

/// One line for people.
pub fn say(line: &str) {
    eprintln!("  {line}");
}

/// Why the command ends with an error: the outermost sentence first, each cause below it.
pub fn failure(error: &Error) {
    eprintln!("\n✗ {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}

fn tick(title: &str, start: Instant, stopped: mpsc::Receiver<()>) {
    let terminal = stderr().is_terminal();
    let pause = if terminal { Duration::from_secs(1) } else { QUIET_TICK };
    if terminal {
        eprint!("▸ {title} …");
    }
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) {
        if terminal {
            eprint!("\r▸ {title} … {}", seconds(start));
        } else {
            eprintln!("▸ {title} … {}", seconds(start));
        }
    }
}

fn mark(good: bool) -> char {
    if good { '✓' } else { '✗' }
}

fn seconds(start: Instant) -> String {
    let elapsed = start.elapsed();
    if elapsed < Duration::from_secs(60) {
        format!("{:.1} s", elapsed.as_secs_f64())
    } else {
        format!("{} min {:02} s", elapsed.as_secs() / 60, elapsed.as_secs() % 60)
    }
}
