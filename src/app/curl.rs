//! The API in two lines of shell, for whoever begins there.

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
