//! The API in a few lines of shell, for whoever begins there.

#[cfg(feature = "ssr")]
use tenantry_kernel::{inbound::Scheme, key::Scope};

/// Two calls that work when they are pasted, once the address and the password are the reader's own: one signs in, one
/// dispatches.
pub fn example(url: &str, email: &str) -> String {
    format!(
        "curl -c session.txt {url}/api/v1/auth/sign-in \\\n  -H 'content-type: application/json' \\\n  \
         -d '{{\"email\": \"{email}\", \"password\": \"…\"}}'\n\n\
         curl -b session.txt {url}/api/v1/dispatch \\\n  -H 'content-type: application/json' \\\n  \
         -d '{{\"tool\": \"echo\", \"action\": \"greet\", \"payload\": {{\"message\": \"Hello\"}}}}'"
    )
}

/// One call that works when it is pasted: the first that the key's scopes allow.
#[cfg(feature = "ssr")]
pub fn with_key(url: &str, key: &str, scopes: &[Scope]) -> String {
    let (path, body) = if scopes.contains(&Scope::Dispatch) {
        let body = r#"{"tool": "echo", "action": "greet", "payload": {"message": "Hello"}}"#;
        ("/api/v1/dispatch", Some(body.to_owned()))
    } else if scopes.contains(&Scope::Read) {
        ("/api/tenant/usage", None)
    } else if scopes.contains(&Scope::Manage) {
        ("/api/v1/tools", None)
    } else if scopes.contains(&Scope::Verify) {
        ("/api/v1/keys/verify", Some(format!(r#"{{"key": "{key}"}}"#)))
    } else {
        (
            "/api/v1/usage/events",
            Some(r#"{"specversion": "1.0", "id": "1", "source": "shell", "type": "greetings"}"#.to_owned()),
        )
    };
    let kind = if path.ends_with("/events") { "application/cloudevents+json" } else { "application/json" };
    let body = body.map(|body| format!(" \\\n  -H 'content-type: {kind}' \\\n  -d '{body}'")).unwrap_or_default();
    format!("curl {url}{path} \\\n  -H 'authorization: Bearer {key}'{body}")
}

/// A message that is let in when it is pasted. Where the secret is not shown, it is read from the environment.
#[cfg(feature = "ssr")]
pub fn signed_message(url: &str, scheme: Scheme, secret: Option<&str>) -> String {
    let secret = secret.map(|secret| format!("WEBHOOK_SECRET='{secret}'\n")).unwrap_or_default();
    let (signing, headers) = match scheme {
        Scheme::Standard => (
            r#"ID="msg_$(date +%s)"; AT="$(date +%s)"
KEY="$(printf %s "${WEBHOOK_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')"
SIGNATURE="$(printf %s "$ID.$AT.$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | base64)""#,
            r#"-H "webhook-id: $ID" -H "webhook-timestamp: $AT" -H "webhook-signature: v1,$SIGNATURE""#,
        ),
        Scheme::Stripe => (
            r#"AT="$(date +%s)"
SIGNATURE="$(printf %s "$AT.$BODY" | openssl dgst -sha256 -hmac "$WEBHOOK_SECRET" -r | cut -d ' ' -f 1)""#,
            r#"-H "stripe-signature: t=$AT,v1=$SIGNATURE""#,
        ),
        Scheme::HmacSha256 => (
            r#"SIGNATURE="$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$WEBHOOK_SECRET" -r | cut -d ' ' -f 1)""#,
            r#"-H "x-hub-signature-256: sha256=$SIGNATURE""#,
        ),
    };
    let body = r#"BODY='{"type": "ping", "message": "Hello"}'"#;
    format!(
        "{secret}{body}\n{signing}\ncurl {url} \\\n  {headers} \\\n  -H 'content-type: application/json' \
         --data-raw \"$BODY\""
    )
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_signed_as_its_scheme_says() {
        let at = |scheme| signed_message("http://localhost/hooks/inb_1", scheme, Some("whsec_abc="));
        for (scheme, header) in [
            (Scheme::Standard, "webhook-signature: v1,$SIGNATURE"),
            (Scheme::Stripe, "stripe-signature: t=$AT,v1=$SIGNATURE"),
            (Scheme::HmacSha256, "x-hub-signature-256: sha256=$SIGNATURE"),
        ] {
            let text = at(scheme);
            assert!(text.starts_with("WEBHOOK_SECRET='whsec_abc='\n") && text.contains(header), "{text}");
            assert!(text.contains("curl http://localhost/hooks/inb_1 \\\n"), "{text}");
        }
        assert!(!signed_message("http://localhost", Scheme::Stripe, None).contains("whsec_"));
    }

    #[test]
    fn a_key_is_tried_with_what_it_may_do() {
        let at = |scopes: &[Scope]| with_key("http://127.0.0.1:3000", "tnt_live_x", scopes);
        assert_eq!(
            at(&[Scope::Read]),
            "curl http://127.0.0.1:3000/api/tenant/usage \\\n  -H 'authorization: Bearer tnt_live_x'"
        );
        assert!(at(&[Scope::Read, Scope::Dispatch]).contains("/api/v1/dispatch"));
        assert!(at(&[Scope::Manage]).contains("/api/v1/tools"));
        assert!(at(&[Scope::Verify]).contains(r#"-d '{"key": "tnt_live_x"}'"#));
        assert!(at(&[Scope::Usage]).contains("content-type: application/cloudevents+json"));
    }
}
