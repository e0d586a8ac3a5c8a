//! The installation's secret: the one thing from which every password and wrapping key is derived,
//! so that there is one thing to keep, and one to lose.

use std::{
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use sha2::Sha256;

use super::cluster::{create_data_folder, files::write_private};

/// The file's name in the data folder.
const FILE: &str = "secret";
/// The shortest text that is accepted for a secret, in characters. Text has less in it than random
/// bytes, and 32 characters of base64 or of hexadecimal digits are at least 128 bits.
const SHORTEST: usize = 32;
/// Separates secrets that were given as text from all other uses of the same text.
const TEXT_SALT: &[u8] = b"tenantry/secret";

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The secret in the environment is too short.
    #[error("TENANTRY_SECRET must have at least {SHORTEST} characters; `openssl rand -base64 32` makes a good one")]
    TooShort,
    /// The file holds something else.
    #[error("{} must hold 64 hexadecimal digits; restore it from a backup, because what it wraps cannot be read without it", .0.display())]
    Malformed(PathBuf),
    /// There are data, but no secret to them.
    #[error("{} holds an installation, but not its secret. Restore the file `{FILE}` from a backup, or set the TENANTRY_SECRET that it was made with", .0.display())]
    Lost(PathBuf),
    /// The file could not be read or made.
    #[error("could not read or make {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Where a secret came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `TENANTRY_SECRET`.
    Environment,
    /// The file in the data folder.
    File,
    /// The file, which was made just now: time to tell whoever runs the installation to keep it.
    Created,
}

/// 32 bytes that nobody else knows. They are never shown, not even in a debugger's print.
#[derive(Clone, PartialEq, Eq)]
pub struct InstallationSecret([u8; 32]);

impl fmt::Debug for InstallationSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstallationSecret(…)")
    }
}

impl InstallationSecret {
    /// The secret of an installation: `given` (the value of `TENANTRY_SECRET`) or else what is in
    /// `DATA/secret`, which is made of `fresh` bytes at the first start. The data folder is made
    /// as well, if need be.
    ///
    /// # Errors
    /// A text that is too short, or a file that cannot be read, made or understood.
    pub fn load(
        data_dir: &Path,
        given: Option<&str>,
        fresh: impl FnOnce() -> [u8; 32],
    ) -> Result<(Self, Origin), SecretError> {
        if let Some(text) = given {
            return Ok((Self::from_text(text)?, Origin::Environment));
        }
        let path = data_dir.join(FILE);
        let failed = |source| SecretError::File { path: path.clone(), source };
        create_data_folder(data_dir).map_err(failed)?;
        // Of two who start at the same moment, the second shall read what the first has made.
        let folder = File::open(data_dir).map_err(failed)?;
        folder.lock().map_err(failed)?;
        match fs::read_to_string(&path) {
            Ok(text) => {
                let secret = from_hex(text.trim()).ok_or_else(|| SecretError::Malformed(path.clone()))?;
                Ok((Self(secret), Origin::File))
            }
            // A new secret would only hide that the old one is missing.
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_in_use(data_dir) => {
                Err(SecretError::Lost(data_dir.to_owned()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = fresh();
                write_private(&path, format!("{}\n", to_hex(&secret)).as_bytes()).map_err(failed)?;
                Ok((Self(secret), Origin::Created))
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// A secret out of a text: HKDF's extraction (RFC 5869, 2.2).
    ///
    /// # Errors
    /// [`SecretError::TooShort`] below 32 characters.
    pub fn from_text(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        if text.chars().count() < SHORTEST {
            return Err(SecretError::TooShort);
        }
        let (key, _) = Hkdf::<Sha256>::extract(Some(TEXT_SALT), text.as_bytes());
        Ok(Self(key.into()))
    }

    /// The password of a database role.
    #[must_use]
    pub fn password(&self, role: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.derive(&format!("tenantry/role/{role}")))
    }

    /// A key for one purpose (HKDF-SHA256, the purpose as `info`). Keys for different purposes
    /// tell nothing of each other, or of the secret.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(None, &self.0)
            .expand(purpose.as_bytes(), &mut key)
            .expect("HKDF-SHA256 gives up to 8160 bytes");
        key
    }
}

/// Whether an installation has left its traces in a folder.
fn is_in_use(data_dir: &Path) -> bool {
    ["postgres", "instance.json"].iter().any(|name| data_dir.join(name).symlink_metadata().is_ok())
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_its_own_password_and_always_the_same() {
        let secret = InstallationSecret([7; 32]);
        assert_eq!(secret.password("tenantry_app"), InstallationSecret([7; 32]).password("tenantry_app"));
        assert_ne!(secret.password("tenantry_app"), secret.password("tenantry_platform"));
        assert_ne!(secret.password("tenantry_app"), InstallationSecret([8; 32]).password("tenantry_app"));
        // The derivation is a format: a change would lock every installation out of its database.
        assert_eq!(secret.password("tenantry_app"), "h7e_XmHhWFsqo4c-UboMLZg24aPokYuvBnVeR6CT8DM");
    }

    #[test]
    fn a_text_must_be_long_enough() {
        assert!(matches!(InstallationSecret::from_text(&"x".repeat(31)), Err(SecretError::TooShort)));
        assert!(InstallationSecret::from_text(&"ä".repeat(32)).is_ok());
    }

    #[test]
    fn hexadecimal_digits_are_read_as_they_were_written() {
        let bytes: [u8; 32] = std::array::from_fn(|index| u8::try_from(index * 8).unwrap_or_default());
        assert_eq!(from_hex(&to_hex(&bytes)), Some(bytes));
        assert_eq!(from_hex("0011"), None);
        assert_eq!(from_hex(&"+1".repeat(32)), None);
    }

    #[test]
    fn nothing_of_it_is_printed() {
        assert_eq!(format!("{:?}", InstallationSecret([7; 32])), "InstallationSecret(…)");
    }
}
