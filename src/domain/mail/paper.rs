//! The paper that letters are written on: plain text, and HTML in our look. Styles stand in the page itself and nothing is
//! loaded from anywhere, so opening a mail tells nobody that it was opened.

use std::fmt::Write as _;

use url::Url;

/// A letter's parts.
pub(super) struct Paper {
    pub subject: String,
    /// Paragraphs before the button; the first greets.
    pub before: Vec<String>,
    /// What the reader is asked to do, and where.
    pub action: Option<(&'static str, String)>,
    /// Paragraphs after it. An address in them becomes a link.
    pub after: Vec<String>,
}

/// A letter, written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Every address in it, what it is about first.
    pub links: Vec<String>,
}

/// The interface's colours (`style/tokens.css`), light in the elements, dark in the sheet: a reader that knows no sheet shows
/// the light ones on their own ground.
const SHEET: &str = "@media (prefers-color-scheme:dark){.ground{background:#0a1211!important}.card{background:#111a19!important;\
    border-color:#242f2e!important}.ink{color:#ebf2ef!important}.soft,.soft a{color:#b5c1bd!important}\
    .button{background:#64d6b5!important;color:#001914!important}.brand{color:#70dbbc!important}}";

impl Paper {
    /// Writes it out. What names hold that is no text becomes a space: a subject is one line.
    pub fn written(self, public_url: &Url) -> Written {
        let subject = one_line(&self.subject);
        let action = self.action.as_ref().map(|(label, href)| (*label, href.as_str()));
        let before: Vec<String> = self.before.iter().map(|text| one_line(text)).collect();
        let after: Vec<String> = self.after.iter().map(|text| one_line(text)).collect();
        let links =
            action.iter().map(|(_, href)| (*href).to_owned()).chain(after.iter().flat_map(|text| addresses(text)));
        let place = public_url.host_str().unwrap_or("Tenantry");
        Written {
            text: text(&before, action, &after, place),
            html: html(&subject, &before, action, &after, place),
            links: links.collect(),
            subject,
        }
    }
}

fn text(before: &[String], action: Option<(&str, &str)>, after: &[String], place: &str) -> String {
    let mut text = before.join("\n\n");
    if let Some((label, href)) = action {
        // Writing into a text cannot fail.
        let _ = write!(text, "\n\n{label}:\n{href}");
    }
    for paragraph in after {
        let _ = write!(text, "\n\n{paragraph}");
    }
    let _ = write!(text, "\n\n-- \nTenantry at {place}\n");
    text
}

fn html(subject: &str, before: &[String], action: Option<(&str, &str)>, after: &[String], place: &str) -> String {
    let mut body = String::new();
    for paragraph in before {
        let _ = write!(body, "<p class=\"ink\" style=\"margin:0 0 16px;color:#12221f\">{}</p>", escaped(paragraph));
    }
    if let Some((label, href)) = action {
        let _ = write!(
            body,
            "<p style=\"margin:24px 0\"><a class=\"button\" href=\"{}\" style=\"display:inline-block;padding:12px 20px;\
             border-radius:8px;background:#005e4c;color:#ffffff;font-weight:600;text-decoration:none\">{}</a></p>",
            escaped(href),
            escaped(label)
        );
    }
    for paragraph in after {
        let _ = write!(
            body,
            "<p class=\"soft\" style=\"margin:0 0 12px;color:#3b4c48;font-size:14px\">{}</p>",
            linked(paragraph)
        );
    }
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
         <title>{title}</title><style>{SHEET}</style></head>\
         <body class=\"ground\" style=\"margin:0;padding:32px 16px;background:#f6f9f7;font:16px/1.5 system-ui,sans-serif\">\
         <table role=\"presentation\" align=\"center\" width=\"100%\" style=\"max-width:560px;margin:0 auto;border-spacing:0\">\
         <tr><td class=\"brand\" style=\"padding:0 4px 16px;color:#005847;font-weight:700\">Tenantry</td></tr>\
         <tr><td class=\"card\" style=\"padding:32px;background:#ffffff;border:1px solid #dae2de;border-radius:12px\">\
         <h1 class=\"ink\" style=\"margin:0 0 20px;color:#12221f;font-size:20px;line-height:1.3\">{title}</h1>{body}</td></tr>\
         <tr><td class=\"soft\" style=\"padding:16px 4px;color:#3b4c48;font-size:13px\">Tenantry at {place}</td></tr>\
         </table></body></html>",
        title = escaped(subject),
        place = escaped(place),
    )
}

/// Text without anything that breaks a line or is invisible.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The addresses that a paragraph names, without the full stop behind.
fn addresses(paragraph: &str) -> Vec<String> {
    let words = paragraph.split(' ').filter(|word| word.starts_with("https://") || word.starts_with("http://"));
    words.map(|word| word.trim_end_matches(['.', ',']).to_owned()).collect()
}

/// The paragraph in HTML, its addresses as links.
fn linked(paragraph: &str) -> String {
    let mut html = escaped(paragraph);
    for address in addresses(paragraph) {
        let address = escaped(&address);
        html = html.replacen(&address, &format!("<a href=\"{address}\" style=\"color:#3b4c48\">{address}</a>"), 1);
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str) -> Written {
        let paper = Paper {
            subject: format!("{name} has used 80 %"),
            before: vec![format!("Hello {name},")],
            action: Some(("See", "https://app.example.com/x?a=1&b=2".into())),
            after: vec!["Or there: https://app.example.com/y.".into()],
        };
        paper.written(&"https://app.example.com/".parse().expect("an address"))
    }

    #[test]
    fn what_people_call_themselves_is_text_and_nothing_else() {
        let written = written("<img src=x onerror=\"alert('1')\">\r\nBcc: eve@example.com\0");
        assert!(
            !written.html.contains("<img") && written.html.contains("&lt;img src=x onerror=&quot;"),
            "{}",
            written.html
        );
        assert!(!written.subject.contains(['\r', '\n', '\0']), "{:?}", written.subject);
        assert!(written.text.starts_with("Hello <img"), "{}", written.text);
    }

    #[test]
    fn a_name_that_looks_like_an_address_is_no_link() {
        let written = written("https://evil.example");
        assert_eq!(written.links, ["https://app.example.com/x?a=1&b=2", "https://app.example.com/y"]);
        assert!(!written.html.contains("href=\"https://evil.example"), "{}", written.html);
    }

    #[test]
    fn nothing_is_loaded_from_anywhere() {
        let html = written("Ada").html;
        for loader in ["<img", "url(", "<link", "<script", "src=", "@import"] {
            assert!(!html.contains(loader), "{loader}");
        }
        assert!(html.contains("prefers-color-scheme:dark") && html.contains("content=\"light dark\""));
    }
}
