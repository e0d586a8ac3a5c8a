//! Functions and views: each function is called with another's ids, each view is read, and neither may show anything.

use serde::Deserialize;
use sqlx::PgConnection;

use super::attacker::{Attacker, Bound};
use crate::{
    db::{Connections, DbError},
    ops::verify::{report::Tally, shape::literal, truth::Truth, world::World},
};

/// A function that somebody could call.
#[derive(Debug, Deserialize)]
struct Function {
    /// With its schema and the types of its arguments.
    signature: String,
    /// Without them.
    name: String,
    /// Names and types of what it takes.
    arguments: Vec<(String, String)>,
}

pub(super) async fn attack(
    connections: &Connections,
    world: &World,
    truth: &mut Truth,
    tally: &mut Tally,
) -> Result<(), DbError> {
    let functions = functions(truth.owner()).await?;
    let views = views(truth.owner()).await?;
    let mut attacker = Attacker::enter(&connections.app).await?;
    for function in &functions {
        for (attack, call) in calls(function, world) {
            let outcome = attacker.tries(&Bound::to(&world.second), &call).await?;
            let complaint = outcome.shows(unsaid(world, &call)).then(|| "shows another's rows".to_owned());
            tally.tried(&function.signature, attack, complaint);
        }
    }
    for view in views {
        let outcome = attacker.tries(&Bound::to(&world.second), &format!("select v::text from {view} v")).await?;
        let complaint = outcome.shows(unsaid(world, "")).then(|| "shows another's rows".to_owned());
        tally.tried(&view, "reading the view as a neighbour", complaint);
    }
    attacker.leaves().await?;
    wrong_person(connections, world, &functions, tally).await
}

/// The look-ups of the platform's role, asked for somebody who does not belong there.
async fn wrong_person(
    connections: &Connections,
    world: &World,
    functions: &[Function],
    tally: &mut Tally,
) -> Result<(), DbError> {
    let mut platform = Attacker::enter(&connections.platform).await?;
    let person = world.second.owner.uuid().to_string();
    for function in functions.iter().filter(|function| function.arguments.iter().any(|(name, _)| name == "p_user")) {
        for (attack, call) in calls_by(function, world, Some(&person)) {
            let outcome = platform.tries(&Bound::Nothing, &call).await?;
            let complaint = outcome.shows(unsaid(world, &call)).then(|| "shows another's place".to_owned());
            tally.tried(&function.signature, &format!("{attack}, for a stranger"), complaint);
        }
    }
    platform.leaves().await
}

/// Words of the first one's that the call does not say itself.
fn unsaid<'a>(world: &'a World, call: &str) -> impl Iterator<Item = &'a str> {
    let said = call.contains(&world.first.canary);
    [world.first.canary.as_str()].into_iter().filter(move |_| !said).chain(world.uuids(call))
}

fn calls(function: &Function, world: &World) -> Vec<(&'static str, String)> {
    calls_by(function, world, None)
}

/// A call for each kind of name that the first one has. A person is the first one's owner, unless somebody is named.
fn calls_by(function: &Function, world: &World, person: Option<&str>) -> Vec<(&'static str, String)> {
    let first = &world.first;
    let (organization, tenant, owner) = (first.organization.uuid(), first.tenant.uuid(), first.owner.uuid());
    let owner = person.map_or_else(|| owner.to_string(), str::to_owned);
    let tries = [
        ("called with another's organization", organization.to_string(), None),
        ("called with another's tenant", tenant.to_string(), None),
        ("called with another person", owner.clone(), None),
        ("called with another's slug", String::new(), first.names.first().map(|name| name.text.as_str())),
    ];
    let call = |uuid: &str, text: Option<&str>| {
        let values = function.arguments.iter().map(|(name, kind)| match (name.as_str(), kind.as_str()) {
            ("p_user", "uuid") => format!("{}::uuid", literal(&owner)),
            (_, "uuid") if !uuid.is_empty() => format!("{}::uuid", literal(uuid)),
            (_, "text") if text.is_some() => format!("{}::text", literal(text.unwrap_or_default())),
            (_, "integer" | "bigint" | "smallint") => format!("10::{kind}"),
            _ => format!("null::{kind}"),
        });
        format!("select f::text from {}({}) f", function.name, values.collect::<Vec<_>>().join(", "))
    };
    tries.iter().map(|(attack, uuid, text)| (*attack, call(uuid, *text))).collect()
}

async fn functions(connection: &mut PgConnection) -> Result<Vec<Function>, DbError> {
    let text: String = sqlx::query_scalar(
        "select coalesce(jsonb_agg(jsonb_build_object(
             'signature', p.oid::regprocedure::text,
             'name', format('%I.%I', n.nspname, p.proname),
             'arguments', coalesce((
                 select jsonb_agg(jsonb_build_array(coalesce(p.proargnames[a.place], ''), format_type(a.kind, null))
                        order by a.place)
                 from unnest(p.proargtypes::oid[]) with ordinality a (kind, place)), '[]')
         ) order by p.oid::regprocedure::text), '[]')::text
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname not in ('pg_catalog', 'information_schema') and p.prokind = 'f'
           and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)",
    )
    .fetch_one(connection)
    .await?;
    serde_json::from_str(&text).map_err(|error| DbError::Failed(sqlx::Error::Decode(error.into())))
}

async fn views(connection: &mut PgConnection) -> Result<Vec<String>, DbError> {
    let views = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('v', 'm') and n.nspname not in ('pg_catalog', 'information_schema') order by 1",
    );
    Ok(views.fetch_all(connection).await?)
}
