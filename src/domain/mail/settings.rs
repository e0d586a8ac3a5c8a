//! What the operator has set about mail: the server that takes it, and whose name stands under it.

use std::{fmt, net::IpAddr, str::FromStr};

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::authorities::Authorities;

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The server that takes it; without one it stays readable for the operator, and is sent to nobody.
    pub server: Option<SmtpServer>,
    /// Who may say that it is that server, beside the authorities that the machine trusts.
    pub authorities: Option<Authorities>,
    /// Whose name stands under it.
    pub sender: Sender,
}

impl MailSettings {
    /// The defaults of an installation at an address: no server, and a sender at the address' host.
    #[must_use]
    pub fn at(public_url: &Url) -> Self {
        Self { server: None, authorities: None, sender: Sender::at(public_url) }
    }
}

/// Why a text is no sender.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no sender; write one such as \"Tenantry <no-reply@example.com>\"")]
pub struct SenderError(String);

/// A name and an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(Mailbox);

impl Sender {
    /// An address at the host; where nobody could have one there, one that at least has the form.
    #[expect(clippy::expect_used, reason = "the last of them is an address")]
    fn at(public_url: &Url) -> Self {
        let named = |domain: &str| format!("Tenantry <no-reply@{domain}>").parse();
        let mailbox = named(public_url.domain().unwrap_or("localhost"));
        Self(mailbox.or_else(|_| named("localhost")).expect("localhost is a domain"))
    }

    pub(super) const fn mailbox(&self) -> &Mailbox {
        &self.0
    }

    /// The domain of the address.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

impl FromStr for Sender {
    type Err = SenderError;

    fn from_str(text: &str) -> Result<Self, SenderError> {
        let deceptive = text.chars().any(char::is_control);
        let mailbox = text.parse().ok().filter(|_| !deceptive);
        mailbox.map(Self).ok_or_else(|| SenderError(text.to_owned()))
    }
}

/// Why a text names no server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmtpServerError {
    /// Another form. The text may hold a password, so it is not repeated.
    #[error(
        "use smtp://HOST:PORT, smtp://HOST:PORT?tls=required or smtps://HOST:PORT, with USER:PASSWORD@ before HOST where need be"
    )]
    Form,
    /// Anybody on the way could read the password.
    #[error("the password would travel in the clear: use smtps://, or add ?tls=required")]
    Clear,
}

/// When the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    /// From its first byte (RFC 8314).
    Always,
    /// After STARTTLS (RFC 3207), and mail leaves in no other way.
    Required,
    /// After STARTTLS where the server offers it.
    Offered,
    /// Never: the operator has said so, for a server on the same machine or network.
    Never,
}

/// The server that takes the installation's mail.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpServer {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    /// User and password.
    pub(super) credentials: Option<(String, String)>,
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SmtpServer({}:{}, {:?})", self.host, self.port, self.encryption)
    }
}

impl FromStr for SmtpServer {
    type Err = SmtpServerError;

    fn from_str(text: &str) -> Result<Self, SmtpServerError> {
        let url = Url::parse(text).map_err(|_| SmtpServerError::Form)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(SmtpServerError::Form)?;
        let tls = match url.query() {
            None => None,
            Some(query) => Some(query.strip_prefix("tls=").ok_or(SmtpServerError::Form)?),
        };
        // The ports of RFC 8314 and RFC 6409.
        let (encryption, port) = match (url.scheme(), tls) {
            ("smtps", None) => (Encryption::Always, 465),
            ("smtp", Some("required")) => (Encryption::Required, 587),
            ("smtp", None | Some("opportunistic")) => (Encryption::Offered, 587),
            ("smtp", Some("none")) => (Encryption::Never, 587),
            _ => return Err(SmtpServerError::Form),
        };
        let credentials = credentials(&url)?;
        let clear = matches!(encryption, Encryption::Offered | Encryption::Never);
        if credentials.is_some() && clear && !is_loopback(host) {
            return Err(SmtpServerError::Clear);
        }
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port: url.port().unwrap_or(port), encryption, credentials })
    }
}

fn credentials(url: &Url) -> Result<Option<(String, String)>, SmtpServerError> {
    let plain = |text: &str| {
        percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).map_err(|_| SmtpServerError::Form)
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, Some(password)) if !user.is_empty() => Ok(Some((plain(user)?, plain(password)?))),
        _ => Err(SmtpServerError::Form),
    }
}

/// The host of an unknown scheme is kept as it was written, so an address has to be told from a name here.
fn is_loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name.parse::<IpAddr>().map_or(name == "localhost", |address| address.is_loopback()),
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> Result<SmtpServer, SmtpServerError> {
        text.parse()
    }

    #[test]
    fn a_server_is_an_address_with_a_port_and_a_way() {
        let read = |text: &str| server(text).map(|read| (read.host, read.port, read.encryption)).expect(text);
        assert_eq!(read("smtps://mail.example.com"), ("mail.example.com".into(), 465, Encryption::Always));
        assert_eq!(
            read("smtp://mail.example.com?tls=required"),
            ("mail.example.com".into(), 587, Encryption::Required)
        );
        assert_eq!(read("smtp://127.0.0.1:2525"), ("127.0.0.1".into(), 2525, Encryption::Offered));
        assert_eq!(read("smtp://[::1]:2525"), ("::1".into(), 2525, Encryption::Offered));
        for wrong in ["", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://x?tls=maybe", "smtps://u@x"]
        {
            assert_eq!(server(wrong), Err(SmtpServerError::Form), "{wrong}");
        }
    }

    #[test]
    fn a_password_never_leaves_in_the_clear_and_is_never_shown() {
        assert_eq!(server("smtp://ada:hush@mail.example.com"), Err(SmtpServerError::Clear));
        for wrong in ["opportunistic", "none"] {
            let address = format!("smtp://ada:hush@mail.example.com?tls={wrong}");
            assert_eq!(server(&address), Err(SmtpServerError::Clear));
        }
        for right in
            ["smtps://ada:hu%40sh@mail.example.com", "smtp://ada:hu%40sh@localhost:25", "smtp://ada:hu%40sh@127.0.0.1"]
        {
            let server = server(right).expect(right);
            assert_eq!(server.credentials, Some(("ada".into(), "hu@sh".into())));
            assert!(!format!("{server:?}").contains("hu@sh"));
        }
    }

    #[test]
    fn the_sender_is_at_the_public_host_unless_said_otherwise() {
        let at = |url: &str| Sender::at(&url.parse().expect("an address")).mailbox().to_string();
        assert_eq!(at("https://app.example.com/"), "Tenantry <no-reply@app.example.com>");
        assert_eq!(at("http://127.0.0.1:3000/"), "Tenantry <no-reply@localhost>");
        let own: Sender = "Acme GmbH <hello@acme.example>".parse().expect("a sender");
        assert_eq!(own.domain(), "acme.example");
        for wrong in ["", "acme", "a@b@c", "Acme <hello@acme.example>\r\nBcc: eve@example.com"] {
            assert!(wrong.parse::<Sender>().is_err(), "{wrong}");
        }
    }
}
