//! `tenantry explain`: which rule decides on a dispatch of an organization, and from which facts.

use std::fmt::Write as _;

use clap::Args;
use tenantry_domain::ops::explain::{self, Who};
use tenantry_kernel::{
    KeyId, MemberId, Problem,
    operator::{Decision, ExplainView},
    text::Email,
};

use crate::{
    operate::{Open, OperateError},
    output,
};

/// Who would ask for what.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The organization, by id or slug.
    pub org: String,
    /// A program with this key.
    #[arg(long, value_name = "key_…", conflicts_with_all = ["member", "email"])]
    pub key: Option<KeyId>,
    /// A member, by membership.
    #[arg(long, value_name = "mem_…", conflicts_with = "email")]
    pub member: Option<MemberId>,
    /// A member, by address.
    pub email: Option<String>,
    /// The tool, by name or id.
    #[arg(long, value_name = "NAME")]
    pub tool: Option<String>,
}

/// Does what the command says.
pub(crate) async fn obey(args: ExplainArgs, open: &Open<'_>) -> Result<(), OperateError> {
    let who = match (args.key, args.member, &args.email) {
        (Some(key), ..) => Who::Key(key),
        (_, Some(member), _) => Who::Member(member),
        (_, _, Some(email)) => Who::Email(Email::parse("email", email).map_err(Problem::from)?),
        _ => Who::Anybody,
    };
    let organization = open.organization(&args.org).await?;
    let view = explain::explain(open.services, open.operator, &organization, &who, args.tool.as_deref());
    let view = view.await.map_err(Problem::from)?;
    output::print(open.json, &view, || text(&view))?;
    Ok(())
}

fn text(view: &ExplainView) -> String {
    let mut text = String::new();
    // Writing into a text cannot fail.
    for rule in &view.rules {
        let decides = view.decided_by.as_ref() == Some(&rule.rule);
        let mark = if decides { '>' } else { ' ' };
        let code = rule.code.map(|code| format!(" {code}")).unwrap_or_default();
        let _ = writeln!(text, "{mark} {:<14} {:<13} {}{code}", rule.rule, rule.decision.as_str(), rule.reason);
        if rule.decision != Decision::NotReached {
            let _ = writeln!(text, "  {:<14} {}", "", rule.facts);
        }
    }
    let outcome = match &view.decided_by {
        Some(rule) => format!("A dispatch is refused by {rule}."),
        None => "A dispatch passes, as far as the database knows.".to_owned(),
    };
    text + &outcome
}
