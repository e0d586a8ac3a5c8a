//! Leave to destroy something: the slug of what it belongs to, on the line or typed when asked.

use std::io::{self, BufRead, IsTerminal as _, Write as _};

use tenantry_kernel::{Code, FieldError, Problem};

use crate::operate::OperateError;

/// Goes on where the slug was given. Without one it is asked for on a terminal; a program is told what to say.
///
/// # Errors
/// Nothing was said, or another slug.
pub(crate) fn confirm(said: Option<&str>, slug: &str, what: &str) -> Result<(), OperateError> {
    let typed = match said {
        Some(said) => said.to_owned(),
        None if io::stdin().is_terminal() => ask(slug, what)?,
        None => return Err(Problem::from(missing(slug)).into()),
    };
    agrees(&typed, slug, what)
}

fn ask(slug: &str, what: &str) -> io::Result<String> {
    let mut terminal = io::stderr().lock();
    write!(terminal, "This {what} for good. Type {slug} to go on: ")?;
    terminal.flush()?;
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed)?;
    Ok(typed.trim().to_owned())
}

fn missing(slug: &str) -> FieldError {
    FieldError::new("--confirm", "REQUIRED", format!("Say --confirm {slug} to go on."))
}

fn agrees(typed: &str, slug: &str, what: &str) -> Result<(), OperateError> {
    if typed == slug {
        return Ok(());
    }
    Err(Problem::new(Code::Conflict, format!("This {what}, and {typed} is not {slug}: nothing was done.")).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Exit;

    #[test]
    fn only_the_slug_itself_is_leave() {
        assert!(confirm(Some("acme"), "acme", "deletes a tool").is_ok());
        let other = confirm(Some("acm"), "acme", "deletes a tool").expect_err("refused");
        assert_eq!(other.exit(), Exit::Refused);
        assert_eq!(OperateError::from(Problem::from(missing("acme"))).exit(), Exit::Misused);
    }
}
