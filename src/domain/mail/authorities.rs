//! Authorities that the operator trusts beside the machine's own, to say who the mail server is: a relay in one's own network
//! often has a certificate of one's own.

use lettre::transport::smtp::{
    Error,
    client::{Certificate, CertificateStore, TlsParameters},
};

/// How a certificate begins in a file (RFC 7468).
const BEGINNING: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Certificates that are trusted to sign the mail server's.
#[derive(Clone, Debug)]
pub struct Authorities(Certificate);

/// Why a file holds none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no certificate in it, or one that cannot be read: each is PEM, from -----BEGIN CERTIFICATE----- on")]
pub struct AuthoritiesError;

impl Authorities {
    /// Reads a file of certificates, one after the other in PEM. What stands between them is passed over.
    ///
    /// # Errors
    /// [`AuthoritiesError`] where there is none, or one of them is broken.
    pub fn from_pem(file: &[u8]) -> Result<Self, AuthoritiesError> {
        if !file.windows(BEGINNING.len()).any(|part| part == BEGINNING) {
            return Err(AuthoritiesError);
        }
        let read = Self(Certificate::from_pem(file).map_err(|_| AuthoritiesError)?);
        // Whether what is inside is a certificate is found out when it is trusted; better now than with the first mail.
        let alone = TlsParameters::builder("localhost".to_owned()).certificate_store(CertificateStore::None);
        alone.add_root_certificate(read.0.clone()).build().map_err(|_| AuthoritiesError)?;
        Ok(read)
    }
}

/// How a server proves who it is: by a certificate for its name, of an authority that the machine trusts or one of these.
pub(super) fn trusting(authorities: Option<&Authorities>, host: &str) -> Result<TlsParameters, Error> {
    let machines = TlsParameters::builder(host.to_owned());
    match authorities {
        Some(Authorities(own)) => machines.add_root_certificate(own.clone()).build(),
        None => machines.build(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the tests that connect.
    const ROOT: &str = include_str!("../../tests/outbound/certificates/root.pem");

    #[test]
    fn a_file_holds_one_certificate_or_several_and_whatever_stands_between_them() {
        for right in [ROOT.to_owned(), format!("Our own.\n{ROOT}and once more\n{ROOT}")] {
            assert!(Authorities::from_pem(right.as_bytes()).is_ok(), "{right}");
        }
    }

    #[test]
    fn a_file_without_a_certificate_or_with_a_broken_one_is_none() {
        let cut = &ROOT[..ROOT.len() / 2];
        let hollow = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        let key = "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n";
        for wrong in ["", "smtps://mail.example.com", cut, hollow, key, &format!("{ROOT}{hollow}")] {
            assert_eq!(Authorities::from_pem(wrong.as_bytes()).err(), Some(AuthoritiesError), "{wrong}");
        }
    }
}
