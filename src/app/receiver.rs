//! A receiver of a tool's jobs that works when it is pasted.

/// A server in Node that lets in what Tenantry has signed and nothing else. Where the secret is not shown, it is read from
/// the environment.
pub fn example(secret: Option<&str>) -> String {
    let secret = secret.map_or_else(|| "process.env.TOOL_SECRET".to_owned(), |secret| format!("'{secret}'"));
    format!(
        r#"// npm install standardwebhooks
import {{ createServer }} from 'node:http';
import {{ Webhook }} from 'standardwebhooks';

const webhook = new Webhook({secret});

createServer(async (request, response) => {{
  let body = '';
  for await (const chunk of request) body += chunk;
  try {{
    const {{ action, payload }} = webhook.verify(body, request.headers);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({{ action, received: payload }}));
  }} catch {{
    response.writeHead(401).end();
  }}
}}).listen(process.env.PORT ?? 8080);"#
    )
}

#[cfg(test)]
mod tests {
    use super::example;

    #[test]
    fn the_example_holds_the_secret_where_it_is_shown() {
        assert!(example(Some("whsec_abc=")).contains("new Webhook('whsec_abc=')"));
        assert!(example(None).contains("new Webhook(process.env.TOOL_SECRET)"));
    }
}
