//! Passwords: Argon2id at OWASP's parameters, by few threads of a low priority behind a bounded line, so that a flood of sign-ins
//! starves nothing else.

use std::{
    collections::HashSet,
    sync::{
        Arc, LazyLock, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _},
};
use tenantry_kernel::{FieldError, text::Password};
use tokio::sync::oneshot;

use super::AccountError;
use crate::services::Entropy;

/// What is tried first: passwords that many people choose, and words to which they only add digits and signs; one a line, in
/// lower case. Compiled from what earlier breaches have shown, as the frequency lists of zxcvbn (MIT) have it.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().filter(|line| !line.is_empty()).collect());

/// How many may wait for the gate; the next one is told to come back.
const MOST_WAITING: usize = 64;

/// OWASP's first choice for Argon2id (Password Storage Cheat Sheet): 19 MiB, 2 passes, 1 lane.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Parses a password for a new account and refuses a common one.
///
/// # Errors
/// Too short, too long, or common.
pub fn choose(field: &str, text: &str) -> Result<Password, FieldError> {
    let password = Password::choose(field, text)?;
    let folded = password.reveal().to_lowercase();
    let stem = folded.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    let one_character = folded.chars().all(|c| folded.starts_with(c));
    if one_character || COMMON.contains(folded.as_str()) || COMMON.contains(stem) {
        return Err(FieldError::new(
            field,
            "TOO_COMMON",
            "This is one of the first passwords that somebody would try.",
        ));
    }
    Ok(password)
}

/// The same for somebody with this address, which is no secret either.
///
/// # Errors
/// Too short, too long, common, or made of the address.
pub fn choose_for(field: &str, text: &str, email: &str) -> Result<Password, FieldError> {
    let password = choose(field, text)?;
    let (folded, email) = (password.reveal().to_lowercase(), email.trim().to_lowercase());
    let own = email.split('@').next().unwrap_or_default();
    let stem = folded.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    if !own.is_empty() && (folded == email || stem == own || folded == own.repeat(2)) {
        return Err(FieldError::new(field, "TOO_COMMON", "This is made of your e-mail address, which others know."));
    }
    Ok(password)
}

/// How much less than anything else a hash gets of a processor that both want (the Unix niceness).
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

/// The gate: as many hashes at once as leave a processor free, a bounded line before it.
#[derive(Clone, Debug, Default)]
pub struct PasswordGate {
    /// The way to the threads; they are there from the first hash on, and end with the last gate.
    hashers: Arc<OnceLock<mpsc::Sender<Job>>>,
    waiting: Arc<AtomicUsize>,
}

/// Starts the threads.
fn hashers() -> mpsc::Sender<Job> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (way, jobs) = mpsc::channel::<Job>();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..(cores - 1).max(1) {
        let jobs = Arc::clone(&jobs);
        thread::spawn(move || {
            // Elsewhere a niceness is the whole process' own.
            if cfg!(target_os = "linux") {
                let _unchanged = rustix::process::nice(NICENESS);
            }
            loop {
                let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                match job {
                    Ok(job) => job(),
                    Err(mpsc::RecvError) => return,
                }
            }
        });
    }
    way
}

/// A place in the line; given up when it is dropped.
pub struct InLine(Arc<AtomicUsize>);

impl Drop for InLine {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl PasswordGate {
    /// Hashes a new password into a PHC string.
    ///
    /// # Errors
    /// [`AccountError::Busy`] when the line is full.
    pub async fn hash(&self, entropy: Entropy, password: Password) -> Result<String, AccountError> {
        let salt: [u8; 16] = entropy.bytes();
        self.take_turn(self.line()?, move || {
            argon2().hash_password_with_salt(password.reveal().as_bytes(), &salt).map(|hash| hash.to_string()).ok()
        })
        .await?
        .ok_or(AccountError::Busy)
    }

    /// Compares a password with a PHC string. Without one the same work is done for nothing, so that the time does not
    /// tell whether there is an account.
    ///
    /// # Errors
    /// [`AccountError::Busy`] when the line is full.
    pub async fn verify(&self, hash: Option<String>, password: Password) -> Result<bool, AccountError> {
        self.verify_in(self.line()?, hash, password).await
    }

    /// The same for somebody who has a place in the line already.
    ///
    /// # Errors
    /// [`AccountError::Busy`] when the gate is gone.
    pub async fn verify_in(
        &self,
        line: InLine,
        hash: Option<String>,
        password: Password,
    ) -> Result<bool, AccountError> {
        self.take_turn(line, move || {
            let text = password.reveal();
            match hash {
                Some(hash) => argon2().verify_password(text.as_bytes(), hash.as_str()).is_ok(),
                None => {
                    let _ = argon2().hash_password_with_salt(text.as_bytes(), b"nobody's account");
                    false
                }
            }
        })
        .await
    }

    /// Takes a place in the line.
    ///
    /// # Errors
    /// [`AccountError::Busy`] when it is full.
    pub fn line(&self) -> Result<InLine, AccountError> {
        let line = InLine(Arc::clone(&self.waiting));
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            return Err(AccountError::Busy);
        }
        Ok(line)
    }

    async fn take_turn<T: Send + 'static>(
        &self,
        line: InLine,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AccountError> {
        let (answer, heard) = oneshot::channel();
        let job = move || {
            // Whoever has left meanwhile waits for no answer.
            let done = (!answer.is_closed()).then(work);
            // Before the answer: who has it has left the line.
            drop(line);
            if let Some(done) = done {
                let _unheard = answer.send(done);
            }
        };
        self.hashers.get_or_init(hashers).send(Box::new(job)).map_err(|_| AccountError::Busy)?;
        heard.await.map_err(|_| AccountError::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_password_is_refused_with_digits_behind_it_too() {
        for text in ["password123", "Password123!", "qwertyuiop", "1234567890", "aaaaaaaaaaaa", "letmein12345"] {
            assert!(choose("password", text).is_err(), "{text}");
        }
        assert!(choose("password", "correct horse battery").is_ok());
    }

    #[test]
    fn what_is_tried_first_is_known_and_what_others_know_of_somebody_too() {
        assert!(COMMON.len() > 9_000, "{}", COMMON.len());
        for text in ["Basketball1!", "manchester", "iloveyou2024", "starwars1977"] {
            assert!(choose("password", text).is_err(), "{text}");
        }
        for text in ["ada.lovelace@example.com", "Ada.Lovelace", "ada.lovelace1815", "ada.lovelaceada.lovelace"] {
            let refused = choose_for("password", text, "Ada.Lovelace@example.com").expect_err(text);
            assert_eq!(refused.code, "TOO_COMMON");
        }
        assert!(choose_for("password", "notes on the engine", "ada.lovelace@example.com").is_ok());
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_alone() {
        let gate = PasswordGate::default();
        let password = choose("password", "correct horse battery").expect("a good one");
        let hash = gate.hash(Entropy, password.clone()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(gate.verify(Some(hash.clone()), password.clone()).await.expect("compared"));
        let other = Password::offer("password", "correct horse").expect("an offer");
        assert!(!gate.verify(Some(hash), other).await.expect("compared"));
        assert!(!gate.verify(None, password).await.expect("compared"));
    }

    #[tokio::test]
    async fn a_flood_is_turned_away_and_leaves_no_one_in_line() {
        let gate = PasswordGate::default();
        let offers = (0..MOST_WAITING * 2).map(|_| {
            let gate = gate.clone();
            tokio::spawn(async move { gate.verify(None, Password::offer("password", "x").expect("an offer")).await })
        });
        let mut refused = 0;
        for offer in offers.collect::<Vec<_>>() {
            refused += usize::from(matches!(offer.await.expect("ran"), Err(AccountError::Busy)));
        }
        assert!(refused > 0);
        assert_eq!(gate.waiting.load(Ordering::Relaxed), 0);
    }
}
