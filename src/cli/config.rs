//! Settings outside of the command line: the environment's, and those of a file that `--config` names. Flags beat the
//! environment, and the environment beats the file.
//!
//! The file is TOML whose keys are the settings' own names, so there is one name for each wherever it stands. What it says is
//! put behind the line as if it had been typed, for each flag that neither the line nor the environment has set; so it is
//! read and refused in the same words.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, parser::ValueSource};
use toml::{Spanned, Value};

use crate::Cli;

/// Settings of Tenantry.
const OWN: [&str; 12] = [
    "TENANTRY_ALLOW_LOOPBACK_TOOLS",
    "TENANTRY_BASE_DOMAIN",
    "TENANTRY_DATA_DIR",
    "TENANTRY_FREE_ORGANIZATIONS",
    "TENANTRY_LOG",
    "TENANTRY_MAIL_FROM",
    "TENANTRY_PLANS",
    "TENANTRY_PUBLIC_URL",
    "TENANTRY_REQUIRE_VERIFIED_EMAIL",
    "TENANTRY_SECRET",
    // Where the tests' database is; set by the project's own commands.
    "TENANTRY_TEST_DATA",
    "TENANTRY_TRUSTED_PROXIES",
];

/// Settings that others name like this, too.
const COMMON: [&str; 3] = ["DATABASE_URL", "SMTP_CA", "SMTP_URL"];

/// Why a file says nothing.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no such file, or it may not be read.
    #[error("--config: {} cannot be read: {error}", .file.display())]
    Unreadable {
        /// What was named.
        file: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It is not written as it should be.
    #[error("--config: {}, line {line}: {what}", .file.display())]
    Malformed {
        /// What was named.
        file: PathBuf,
        /// Where it goes wrong, counted from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
}

/// Why a command line says nothing.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The line itself, or that it asks for help.
    #[error(transparent)]
    Line(#[from] clap::Error),
    /// The file that it names.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// Settings that are given outside of the command line.
#[derive(Clone, Debug, Default)]
pub struct Given {
    file: BTreeMap<String, String>,
}

impl Given {
    /// What a file gives.
    fn of(file: &Path) -> Result<Self, ConfigError> {
        let text =
            fs::read_to_string(file).map_err(|error| ConfigError::Unreadable { file: file.to_owned(), error })?;
        let malformed = |at: usize, what: String| {
            let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            ConfigError::Malformed { file: file.to_owned(), line, what }
        };
        let entries: BTreeMap<Spanned<String>, Spanned<Value>> = toml::from_str(&text).map_err(|error| {
            malformed(error.span().map_or(0, |span| span.start), error.message().replace('\n', " "))
        })?;
        let read = entries.into_iter().map(|(name, value)| {
            let at = name.span().start;
            let name = name.into_inner();
            match plain(value.into_inner()) {
                Some(value) => Ok((name, value)),
                None => Err(malformed(at, format!("{name} is a text, a whole number, true or false"))),
            }
        });
        Ok(Self { file: read.collect::<Result<_, _>>()? })
    }

    /// A setting: the environment's, else the file's.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().or_else(|| self.file.get(name).cloned())
    }

    /// Names that nothing reads: of the environment those that begin like ours, of the file all.
    fn unknown(&self) -> Vec<String> {
        let around = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
        let ours = around.filter(|name| name.starts_with("TENANTRY_"));
        let named = ours.chain(self.file.keys().cloned());
        named.filter(|name| !OWN.contains(&name.as_str()) && !COMMON.contains(&name.as_str())).collect()
    }

    /// Warns of settings that nothing reads, since a misspelt one would silently do nothing.
    pub fn warn_of_unknown(&self) {
        for name in self.unknown() {
            tracing::warn!(setting = %name, "There is no such setting; nothing reads it.");
        }
    }

    /// What the file says of flags that nobody else has set, as it would be typed; once, though a flag of the whole program
    /// is one of every noun, too.
    fn typed(&self, command: &clap::Command, matches: &ArgMatches) -> BTreeSet<OsString> {
        let unset = |id: &str| {
            matches!(matches.try_get_raw(id), Ok(None)) || matches.value_source(id) == Some(ValueSource::DefaultValue)
        };
        let mut typed = BTreeSet::new();
        for flag in command.get_arguments().filter(|flag| unset(flag.get_id().as_str())) {
            let name = flag.get_env().and_then(|name| name.to_str());
            if let (Some(long), Some(value)) = (flag.get_long(), name.and_then(|name| self.file.get(name))) {
                typed.insert(format!("--{long}={value}").into());
            }
        }
        if let Some((name, matches)) = matches.subcommand()
            && let Some(command) = command.find_subcommand(name)
        {
            typed.extend(self.typed(command, matches));
        }
        typed
    }
}

/// A value as it stands in the environment.
fn plain(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(yes) => Some(yes.to_string()),
        _ => None,
    }
}

impl Cli {
    /// Reads a command line, with the file that it names.
    ///
    /// # Errors
    /// A line that is none, or asks for help; a file that says nothing.
    pub fn read(line: impl IntoIterator<Item = OsString>) -> Result<Self, LineError> {
        let line: Vec<OsString> = line.into_iter().collect();
        let mut command = Self::command();
        let matches = command.try_get_matches_from_mut(&line)?;
        let Some(file) = matches.get_one::<PathBuf>("config") else { return Ok(Self::from_arg_matches(&matches)?) };
        let given = Given::of(file)?;
        let typed = given.typed(&command, &matches);
        // Behind a `--` nothing is a flag any more.
        let end = line.iter().position(|word| word == "--").unwrap_or(line.len());
        let (flags, rest) = line.split_at(end);
        let whole = flags.iter().chain(&typed).chain(rest);
        let matches = command.try_get_matches_from_mut(whole)?;
        Ok(Self { given, ..Self::from_arg_matches(&matches)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Command, ServeArgs};

    /// A file that is removed with the test.
    struct File(PathBuf);

    impl File {
        fn new(name: &str, text: &str) -> Self {
            let path = std::env::temp_dir().join(format!("tenantry-config-{}-{name}.toml", std::process::id()));
            fs::write(&path, text).expect("a folder for what may be lost");
            Self(path)
        }

        fn read(&self, line: &str) -> Result<Cli, LineError> {
            let file = self.0.to_str().expect("a plain name");
            Cli::read(line.replace("FILE", file).split_whitespace().map(OsString::from))
        }

        fn serve(&self, line: &str) -> ServeArgs {
            match self.read(line).expect("a right line").command {
                Command::Serve(args) => args,
                other => panic!("{other:?}"),
            }
        }

        fn refused(&self, line: &str) -> String {
            self.read(line).expect_err("refused").to_string()
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            let _gone = fs::remove_file(&self.0);
        }
    }

    #[test]
    fn a_file_sets_what_no_flag_does() {
        let file = File::new(
            "sets",
            "# Ours.\nTENANTRY_PUBLIC_URL = \"https://app.example.com\"\nTENANTRY_FREE_ORGANIZATIONS = 3\n\
             TENANTRY_REQUIRE_VERIFIED_EMAIL = true\nTENANTRY_DATA_DIR = \"/srv/tenantry\"\nSMTP_URL = \"smtp://mail\"\n",
        );
        for line in ["tenantry serve --config FILE", "tenantry --config=FILE serve", "tenantry --config FILE serve"] {
            let args = file.serve(line);
            assert_eq!(args.public_url.as_ref().map(|url| url.as_str()), Some("https://app.example.com/"), "{line}");
            assert_eq!((args.free_organizations, args.require_verified_email), (3, true), "{line}");
            assert_eq!(args.smtp_url.as_deref(), Some("smtp://mail"), "{line}");
            assert_eq!(file.read(line).expect("right").data_dir, PathBuf::from("/srv/tenantry"), "{line}");
        }
        let args = file.serve("tenantry serve --free-organizations 5 --config FILE --require-verified-email=no");
        assert_eq!((args.free_organizations, args.require_verified_email), (5, false));
        for line in
            ["org show acme --config FILE --data-dir elsewhere", "--data-dir elsewhere org show acme --config FILE"]
        {
            let other = file.read(&format!("tenantry {line}")).expect("right");
            assert_eq!(other.data_dir, PathBuf::from("elsewhere"), "{line}");
        }
        let noun = file.read("tenantry org show acme --config FILE").expect("right");
        assert_eq!(noun.data_dir, PathBuf::from("/srv/tenantry"), "it counts for every noun");
        assert_eq!(noun.given.get("SMTP_URL").as_deref(), Some("smtp://mail"));
    }

    #[test]
    fn what_stands_behind_two_hyphens_stays_there() {
        let file = File::new("hyphens", "TENANTRY_DATA_DIR = \"/srv/tenantry\"\n");
        let cli = file.read("tenantry org show --config FILE -- --acme").expect("right");
        assert_eq!(cli.data_dir, PathBuf::from("/srv/tenantry"));
    }

    #[test]
    fn a_file_that_says_nothing_names_the_line() {
        let broken = File::new("broken", "TENANTRY_PLANS = \"open\"\nTENANTRY_LOG = info\n");
        assert!(broken.refused("tenantry serve --config FILE").contains(", line 2: "));
        let twice = File::new("twice", "SMTP_URL = \"a\"\nSMTP_CA = \"b\"\nSMTP_URL = \"c\"\n");
        assert!(twice.refused("tenantry serve --config FILE").contains(", line 3: "));
        let list = File::new("list", "SMTP_URL = \"a\"\n\n[TENANTRY_PLANS]\nopen = true\n");
        let said = list.refused("tenantry serve --config FILE");
        assert!(said.ends_with("line 3: TENANTRY_PLANS is a text, a whole number, true or false"), "{said}");
        let nowhere = list.refused("tenantry serve --config /nowhere/tenantry.toml");
        assert!(nowhere.contains("/nowhere/tenantry.toml cannot be read"), "{nowhere}");
    }

    #[test]
    fn a_wrong_value_is_refused_as_if_it_had_been_typed() {
        let file = File::new("value", "TENANTRY_PLANS = \"never\"\n");
        let LineError::Line(error) = file.read("tenantry serve --config FILE").expect_err("refused") else {
            panic!("the file itself is right")
        };
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("never") && error.to_string().contains("--plans"), "{error}");
        file.read("tenantry org show acme --config FILE").expect("it is no setting of this noun");
    }

    #[test]
    fn a_name_that_nothing_reads_is_known() {
        let file =
            File::new("unknown", "TENANTRY_PLAN = \"open\"\nDATABASE_URL = \"x\"\nTYPO = 1\nTENANTRY_LOG = \"info\"\n");
        let given = file.read("tenantry serve --config FILE").expect("right").given;
        let unknown = given.unknown();
        assert!(unknown.contains(&"TENANTRY_PLAN".to_owned()) && unknown.contains(&"TYPO".to_owned()), "{unknown:?}");
        assert!(!unknown.contains(&"DATABASE_URL".to_owned()) && !unknown.contains(&"TENANTRY_LOG".to_owned()));
    }
}
