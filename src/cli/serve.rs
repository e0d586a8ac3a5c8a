//! `tenantry serve`: its arguments and the settings that they make. The composition root starts what they ask for.

use std::{
    ffi::OsString,
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use clap::{Args, builder::BoolishValueParser};
use tenantry_domain::{
    Settings,
    mail::{Authorities, AuthoritiesError, MailSettings, Sender, SenderError, SmtpServer, SmtpServerError},
    rate::TrustedProxies,
    services::PlanChoice,
};
use url::Url;

/// Half of what a server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Half {
    /// It answers people and programs, and leaves jobs to workers beside it.
    Web,
    /// It runs jobs and sends mail; of its addresses only those that say how it is are there.
    Worker,
}

/// What a server is started with.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// The address to listen on: 127.0.0.1:3000, or none with --only worker.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// The address under which people reach it; that of the listener otherwise.
    #[arg(long, env = "TENANTRY_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<Url>,
    /// The domain of which each tenant has a subdomain of its own; otherwise all are at the public address.
    #[arg(long, env = "TENANTRY_BASE_DOMAIN", value_name = "DOMAIN")]
    pub base_domain: Option<String>,
    /// Who may change plans while there is no billing provider: open (an organization's admins) or operator.
    #[arg(long, env = "TENANTRY_PLANS", default_value = "open", value_name = "WHO")]
    pub plans: PlanChoice,
    /// How many Free organizations a person may own.
    #[arg(long, env = "TENANTRY_FREE_ORGANIZATIONS", default_value_t = 20, value_name = "NUMBER")]
    pub free_organizations: u32,
    /// The proxies in front whose X-Forwarded-For counts: networks with commas between them; nobody's otherwise.
    #[arg(long, env = "TENANTRY_TRUSTED_PROXIES", default_value = "", value_name = "CIDRS")]
    pub trusted_proxies: TrustedProxies,
    /// Whether an address must be proven by mail before its account opens.
    #[arg(
        long,
        env = "TENANTRY_REQUIRE_VERIFIED_EMAIL",
        num_args = 0..=1,
        require_equals = true,
        default_value = "false",
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        value_name = "YES OR NO"
    )]
    pub require_verified_email: bool,
    /// The server that takes mail: smtp://HOST:PORT, smtp://…?tls=required or smtps://…, with USER:PASSWORD@ where need be;
    /// without one mail stays readable for `tenantry mail list`.
    #[arg(long, env = "SMTP_URL", hide_env_values = true, value_name = "URL")]
    pub smtp_url: Option<String>,
    /// A file of certificates (PEM) that are trusted beside the machine's own, to say who that server is.
    #[arg(long, env = "SMTP_CA", value_name = "FILE")]
    pub smtp_ca: Option<OsString>,
    /// Whose name stands under mails, such as "Acme <no-reply@acme.example>"; no-reply at the public host otherwise.
    #[arg(long, env = "TENANTRY_MAIL_FROM", value_name = "SENDER")]
    pub mail_from: Option<String>,
    /// Let tools and webhooks call this machine itself; on with --dev unless said otherwise.
    #[arg(
        long,
        env = "TENANTRY_ALLOW_LOOPBACK_TOOLS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        value_name = "YES OR NO"
    )]
    pub allow_loopback_tools: Option<bool>,
    /// A database elsewhere, as its migrator; an embedded one otherwise.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// The installation's secret; the file `secret` in its folder otherwise.
    #[arg(long, env = "TENANTRY_SECRET", hide_env_values = true, value_name = "TEXT")]
    pub secret: Option<String>,
    /// Do one half of the work: web (answer people and programs) or worker (run jobs); both otherwise.
    #[arg(long, value_name = "HALF")]
    pub only: Option<Half>,
    /// For development, on a loopback address only.
    #[arg(long)]
    pub dev: bool,
    /// Make a person and two organizations with a history, where there is nobody yet. Needs --dev.
    #[arg(long, requires = "dev")]
    pub demo: bool,
}

/// Why a server cannot be started so.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Cookies would travel in the clear.
    #[error(
        "{0} is reached from elsewhere, so people need https: set TENANTRY_PUBLIC_URL=https://… (and end TLS before it)"
    )]
    NeedsHttps(SocketAddr),
    /// Development's doors would be open to everybody.
    #[error("--dev listens on a loopback address only, not on {0}")]
    DevElsewhere(SocketAddr),
    /// The address has no host.
    #[error("{0} is no address under which people could reach a server")]
    NoAddress(Url),
    /// A worker tells tools where they answer later.
    #[error(
        "a worker tells tools where to answer: set TENANTRY_PUBLIC_URL to the address under which people reach the server"
    )]
    NeedsPublicUrl,
    /// The base domain is none.
    #[error("{0} is no domain: name it alone, such as example.com")]
    NoDomain(String),
    /// The mail server is none, or would get a password that everybody could read.
    #[error("SMTP_URL: {0}")]
    NoMailServer(#[from] SmtpServerError),
    /// There is no such file.
    #[error("SMTP_CA: {} cannot be read: {error}", .file.display())]
    NoAuthoritiesFile {
        /// What was named.
        file: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The file holds no certificates.
    #[error("SMTP_CA: {}: {error}", .file.display())]
    NoAuthorities {
        /// What was named.
        file: PathBuf,
        /// What was found.
        error: AuthoritiesError,
    },
    /// The sender is none.
    #[error("TENANTRY_MAIL_FROM: {0}")]
    NoSender(#[from] SenderError),
}

impl ServeArgs {
    /// Does it answer people and programs?
    #[must_use]
    pub fn answers(&self) -> bool {
        self.only != Some(Half::Worker)
    }

    /// Does it run jobs?
    #[must_use]
    pub fn works(&self) -> bool {
        self.only != Some(Half::Web)
    }

    /// Where it listens; a worker only where it is told to.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        let default = SocketAddr::from((Ipv4Addr::LOCALHOST, 3000));
        self.listen.or_else(|| self.answers().then_some(default))
    }

    /// The settings for a worker, which nobody reaches under its own address: `noted` is what a server of the same folder
    /// was started with.
    ///
    /// # Errors
    /// [`ServeError::NeedsPublicUrl`]; what would not be safe.
    pub fn worker_settings(&self, noted: Option<Url>) -> Result<Settings, ServeError> {
        let public_url = self.public_url.clone().or(noted).ok_or(ServeError::NeedsPublicUrl)?;
        let bound = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { public_url: Some(public_url), ..self.clone() }.settings(bound)
    }

    /// The settings for a server that listens on `bound`.
    ///
    /// # Errors
    /// What would not be safe.
    pub fn settings(&self, bound: SocketAddr) -> Result<Settings, ServeError> {
        if self.dev && !bound.ip().is_loopback() {
            return Err(ServeError::DevElsewhere(bound));
        }
        let public_url = match &self.public_url {
            Some(url) if !url.has_host() || !matches!(url.scheme(), "http" | "https") => {
                return Err(ServeError::NoAddress(url.clone()));
            }
            Some(url) => url.clone(),
            None => {
                let mut url = Url::parse("http://127.0.0.1/").map_err(|_| ServeError::NeedsHttps(bound))?;
                // Both fit what they are set to: an http address and a bound port.
                let _ = (url.set_ip_host(bound.ip()), url.set_port(Some(bound.port())));
                url
            }
        };
        if public_url.scheme() == "http" && !bound.ip().is_loopback() {
            return Err(ServeError::NeedsHttps(bound));
        }
        let mail = self.mail(&public_url)?;
        let base_domain = self.base_domain.as_deref().filter(|name| !name.is_empty()).map(domain).transpose()?;
        Ok(Settings {
            base_domain,
            plans: self.plans,
            free_organizations: self.free_organizations,
            trusted_proxies: self.trusted_proxies.clone(),
            require_verified_email: self.require_verified_email,
            mail,
            dev: self.dev,
            loopback_tools: self.allow_loopback_tools.unwrap_or(self.dev),
            ..Settings::new(public_url)
        })
    }

    /// How mail leaves; an empty setting is one that was not made.
    fn mail(&self, public_url: &Url) -> Result<MailSettings, ServeError> {
        let said = |setting: &Option<String>| setting.clone().filter(|text| !text.trim().is_empty());
        let defaults = MailSettings::at(public_url);
        let server = said(&self.smtp_url).map(|text| text.parse::<SmtpServer>()).transpose()?;
        let sender = said(&self.mail_from).map(|text| text.parse::<Sender>()).transpose()?;
        let authorities =
            self.smtp_ca.as_deref().filter(|file| !file.is_empty()).map(|file| authorities(Path::new(file)));
        Ok(MailSettings { server, authorities: authorities.transpose()?, sender: sender.unwrap_or(defaults.sender) })
    }
}

/// Whom a file of certificates lets us trust.
fn authorities(file: &Path) -> Result<Authorities, ServeError> {
    let pem = fs::read(file).map_err(|error| ServeError::NoAuthoritiesFile { file: file.to_owned(), error })?;
    Authorities::from_pem(&pem).map_err(|error| ServeError::NoAuthorities { file: file.to_owned(), error })
}

/// A domain's name in lower case: labels of letters, digits and inner hyphens (RFC 1123), and no address in digits.
fn domain(text: &str) -> Result<String, ServeError> {
    const LONGEST: usize = 253;
    let name = text.to_ascii_lowercase();
    let is_label = |label: &str| {
        let letters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        letters && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_address = name.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    if name.len() > LONGEST || is_address || !name.split('.').all(is_label) {
        return Err(ServeError::NoDomain(text.to_owned()));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::{Cli, Command};

    fn args(line: &str) -> ServeArgs {
        let cli = Cli::try_parse_from(line.split_whitespace()).expect("a right line");
        let Command::Serve(args) = cli.command else { panic!("not serve") };
        args
    }

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn the_public_address_is_the_listeners_unless_said_otherwise() {
        let settings = args("tenantry serve").settings(address("127.0.0.1:4000")).expect("right");
        assert_eq!(settings.link("/x"), "http://127.0.0.1:4000/x");
        let args = args("tenantry serve --public-url https://app.example.com");
        let settings = args.settings(address("0.0.0.0:80")).expect("right");
        assert_eq!(settings.link("/x"), "https://app.example.com/x");
    }

    #[test]
    fn what_is_reached_from_elsewhere_needs_https() {
        assert!(matches!(args("tenantry serve").settings(address("0.0.0.0:80")), Err(ServeError::NeedsHttps(_))));
        let dev = args("tenantry serve --dev --public-url https://app.example.com");
        assert!(matches!(dev.settings(address("0.0.0.0:80")), Err(ServeError::DevElsewhere(_))));
    }

    #[test]
    fn a_base_domain_is_a_name_alone() {
        let base = |text: &str| {
            let args = args(&format!("tenantry serve --base-domain {text}"));
            args.settings(address("127.0.0.1:4000")).map(|settings| settings.base_domain)
        };
        assert_eq!(base("Example.com").expect("a domain").as_deref(), Some("example.com"));
        assert_eq!(base("localhost").expect("a domain").as_deref(), Some("localhost"));
        for wrong in
            ["https://example.com", "example.com:80", ".example.com", "example.com.", "127.0.0.1", "a_b.example"]
        {
            assert!(matches!(base(wrong), Err(ServeError::NoDomain(_))), "{wrong}");
        }
        assert_eq!(args("tenantry serve").settings(address("127.0.0.1:4000")).expect("right").base_domain, None);
    }

    #[test]
    fn proxies_are_trusted_by_name_alone_and_a_wrong_network_is_a_misuse() {
        let settings = args("tenantry serve").settings(address("127.0.0.1:4000")).expect("right");
        assert_eq!(settings.trusted_proxies, TrustedProxies::default());
        let args = args("tenantry serve --trusted-proxies 10.0.0.0/8,fd00::/8");
        let settings = args.settings(address("127.0.0.1:4000")).expect("right");
        assert!(settings.trusted_proxies.contains("10.1.2.3".parse().expect("an address")));
        let wrong =
            Cli::try_parse_from(["tenantry", "serve", "--trusted-proxies", "10.0.0.0/33"]).expect_err("refused");
        assert_eq!(wrong.exit_code(), 2);
        assert!(wrong.to_string().contains("\"10.0.0.0/33\" is no network; write networks such as"), "{wrong}");
    }

    #[test]
    fn mail_has_a_server_and_a_sender_where_they_are_set() {
        let bound = address("127.0.0.1:4000");
        let settings = args("tenantry serve").settings(bound).expect("right");
        assert!(settings.mail.server.is_none() && !settings.require_verified_email && !settings.dev);
        let line =
            "tenantry serve --smtp-url smtp://127.0.0.1:2525 --mail-from hello@acme.example --require-verified-email";
        let settings = args(line).settings(bound).expect("right");
        assert!(settings.mail.server.is_some() && settings.require_verified_email);
        assert_eq!(settings.mail.sender.domain(), "acme.example");
        let off = args("tenantry serve --require-verified-email=false");
        assert!(!off.require_verified_email);
        let clear = args("tenantry serve --smtp-url smtp://ada:hush@mail.example.com").settings(bound);
        let error = clear.expect_err("refused").to_string();
        assert!(error.contains("smtps://") && !error.contains("hush"), "{error}");
        assert!(args("tenantry serve --mail-from nobody").settings(bound).is_err());
        let unproven = args("tenantry serve --smtp-ca /nowhere/ca.pem").settings(bound).expect_err("there is none");
        assert!(unproven.to_string().starts_with("SMTP_CA: /nowhere/ca.pem cannot be read"), "{unproven}");
        assert!(args("tenantry serve --smtp-ca=").settings(bound).expect("not set").mail.authorities.is_none());
    }

    #[test]
    fn a_worker_tells_tools_the_servers_address() {
        let worker = args("tenantry serve --only worker");
        assert_eq!((worker.answers(), worker.works(), worker.address()), (false, true, None));
        assert!(matches!(worker.worker_settings(None), Err(ServeError::NeedsPublicUrl)));
        let noted = Url::parse("https://app.example.com").expect("an address");
        assert_eq!(worker.worker_settings(Some(noted)).expect("right").link("/x"), "https://app.example.com/x");
        let web = args("tenantry serve --only web");
        assert_eq!((web.answers(), web.works(), web.address()), (true, false, Some(address("127.0.0.1:3000"))));
        let both = args("tenantry serve --listen 127.0.0.1:4000");
        assert_eq!((both.answers(), both.works(), both.address()), (true, true, Some(address("127.0.0.1:4000"))));
        assert!(Cli::try_parse_from(["tenantry", "serve", "--only", "mail"]).is_err());
    }

    #[test]
    fn tools_on_this_machine_are_called_in_development_or_where_it_is_said() {
        let allows = |line: &str| {
            let settings = args(&format!("tenantry serve {line}")).settings(address("127.0.0.1:4000"));
            settings.expect("right").loopback_tools
        };
        assert!(!allows(""));
        assert!(allows("--dev"));
        assert!(allows("--allow-loopback-tools"));
        assert!(allows("--allow-loopback-tools=yes --listen 127.0.0.1:1"));
        assert!(!allows("--dev --allow-loopback-tools=no"));
        let unsure = Cli::try_parse_from(["tenantry", "serve", "--allow-loopback-tools=perhaps"]).expect_err("refused");
        assert_eq!(unsure.exit_code(), 2);
    }

    #[test]
    fn a_demo_needs_development() {
        assert!(Cli::try_parse_from(["tenantry", "serve", "--demo"]).is_err());
    }
}
