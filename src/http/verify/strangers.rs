//! Another's names in every place that takes one, sent by a stranger and by somebody who belongs to both but stands in the
//! other. Each is sent beside one that never was.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use tenantry_domain::ops::verify::{Named, Tally, World};

use super::{
    WalkError,
    answer::Answer,
    caller::{Ask, Caller, Walk},
    operation::{Form, Operation},
    sample,
};
use crate::{
    doors::{Door, PUBLIC_ADDRESSES, PUBLIC_NAMES},
    guard::{TENANT_QUERY, X_TENANT},
};

/// Kinds of names that somebody who belongs to both may use: the places themselves.
const PLACES: [&str; 3] = ["organization's id", "tenant's id", "slug"];

/// Who tries.
struct Stranger {
    name: &'static str,
    caller: Caller,
    /// Belongs to the first too, and acts in the second.
    of_both: bool,
}

impl Stranger {
    /// Pages are for people: a program with a key is led to the sign-in like anybody.
    fn knocks_at(&self, operation: &Operation) -> bool {
        !matches!((self.caller, operation.form), (Caller::SecondsKey, Form::Page))
    }
}

/// A place in a request in which a name can stand.
#[derive(Clone, Debug)]
enum Place {
    Path,
    Query(String),
    Body(String),
    Header(&'static str),
}

/// Doors that are tried at once by those who only read: nobody of them is in another's way.
const DOORS_AT_ONCE: usize = 2;

/// Names that are tried at once at a door. Each comes after its own that never was: what the others take away meanwhile is
/// taken from both.
const NAMES_AT_ONCE: usize = 3;

pub(super) async fn attack(walk: &Walk<'_>, operations: &[Operation], tally: &mut Tally) -> Result<(), WalkError> {
    let world = walk.world;
    let strangers = [
        Stranger { name: "a stranger", caller: Caller::Person(world.second.owner), of_both: false },
        Stranger { name: "a member of both", caller: Caller::Person(world.both), of_both: true },
        Stranger { name: "a stranger's key", caller: Caller::SecondsKey, of_both: false },
    ];
    // What is typed into a body may be kept and shown again to whoever typed it, so bodies come last; those of functions
    // before those of the API, since whatever a function reads is asked for with a body too.
    for (group, in_body) in
        [("another's names in paths, queries and headers", false), ("another's names in bodies", true)]
    {
        tally.begin(group);
        let (reading, mut changing): (Vec<_>, Vec<_>) =
            operations.iter().partition(|operation| operation.method.is_safe());
        changing.sort_by_key(|operation| in_body && operation.form != Form::Fields);
        // Of those who change something one might see what another has changed.
        for (operations, at_once) in [(reading, DOORS_AT_ONCE), (changing, 1)] {
            let tried = operations.into_iter().map(|operation| at_door(walk, operation, &strangers, in_body));
            let mut tried = stream::iter(tried).buffered(at_once);
            while let Some(tried) = tried.next().await {
                let (place, tried) = tried?;
                for (attack, complaint) in tried {
                    tally.tried(place, &attack, complaint);
                }
            }
        }
    }
    Ok(())
}

/// What was tried, and what it reached where it reached anything.
type Tried = (String, Option<String>);

/// All of them at one door, one after the other.
async fn at_door<'o>(
    walk: &Walk<'_>,
    operation: &'o Operation,
    strangers: &[Stranger],
    in_body: bool,
) -> Result<(&'o str, Vec<Tried>), WalkError> {
    let mut tried = Vec::new();
    if !in_body {
        tried.extend(opens_for_its_owner(walk, operation).await?);
    }
    for stranger in strangers.iter().filter(|stranger| stranger.knocks_at(operation)) {
        tried.extend(knock(walk, operation, stranger, in_body).await?);
    }
    Ok((&operation.place, tried))
}

/// A door that opens for none of its owner's names would prove nothing.
async fn opens_for_its_owner(walk: &Walk<'_>, operation: &Operation) -> Result<Option<Tried>, WalkError> {
    if !operation.has_parameter() || !operation.method.is_safe() || operation.form != Form::Json {
        return Ok(None);
    }
    let (first, attack) = (&walk.world.first, "its owner's own name in the path".to_owned());
    for name in &first.names {
        let ask = Ask { parameter: name.text.clone(), ..Ask::about_nothing(operation, walk.world) };
        if walk.send(operation, Caller::Person(first.owner), ask).await?.status < 300 {
            return Ok(Some((attack, None)));
        }
    }
    let complaint = "opens for no name even of its owner's, so nothing is proved of it: let src/domain/ops/verify/world.rs \
                     make one, and name its column there";
    Ok(Some((attack, Some(complaint.to_owned()))))
}

fn places(operation: &Operation, stranger: &Stranger) -> Vec<Place> {
    let mut places = Vec::new();
    if operation.has_parameter() {
        places.push(Place::Path);
    }
    if operation.form != Form::Page {
        if operation.method.is_safe() {
            places.push(Place::Header("if-none-match"));
        }
        if !stranger.of_both {
            places.push(Place::Header(X_TENANT));
            // The second one's person has used it by now, so its key would get that answer.
            if !matches!(stranger.caller, Caller::SecondsKey) {
                places.push(Place::Header("idempotency-key"));
            }
        }
    }
    places.extend(operation.query.iter().cloned().map(Place::Query));
    // Whoever is nobody yet has no place to name, and each try would cost a password's hash.
    if operation.door != Door::Public {
        let public = |place: &String| PUBLIC_NAMES.contains(&(operation.path.as_str(), place.as_str()));
        // A password names nobody, and one that is tried too often waits.
        let secret = |place: &String| place.ends_with("/current_password");
        let texts = operation.body.iter().flat_map(sample::places);
        places.extend(texts.filter(|place| !public(place) && !secret(place)).map(Place::Body));
    }
    places
}

/// The names that are tried in a place: for a key the one that the first has used, elsewhere all.
fn names(world: &World, place: &Place, of_both: bool) -> Vec<Named> {
    if matches!(place, Place::Header("idempotency-key")) {
        let once = world.first.once.clone();
        return vec![Named { kind: "idempotency key", never: format!("never-{}", &once[6..]), text: once }];
    }
    let allowed = |name: &&Named| !of_both || !PLACES.contains(&name.kind);
    world.first.names.iter().filter(allowed).cloned().collect()
}

/// One stranger at one door, with each name in each place.
async fn knock(
    walk: &Walk<'_>,
    operation: &Operation,
    stranger: &Stranger,
    in_body: bool,
) -> Result<Vec<Tried>, WalkError> {
    let is_public = |name: &Named| PUBLIC_ADDRESSES.contains(&(operation.path.as_str(), name.kind));
    let places = places(operation, stranger).into_iter().filter(|place| matches!(place, Place::Body(_)) == in_body);
    let tries = places.flat_map(|place| {
        let names = names(walk.world, &place, stranger.of_both).into_iter();
        let names = names.filter(|name| !matches!(place, Place::Path) || !is_public(name)).collect::<Vec<_>>();
        names.into_iter().map(move |name| (place.clone(), name))
    });
    let tried = tries.map(|(place, name)| pair(walk, operation, stranger, place, name));
    // What is a person's own, like the list of their sessions, would be seen to change.
    let at_once = if operation.door.has_place() { NAMES_AT_ONCE } else { 1 };
    stream::iter(tried).buffered(at_once).try_collect().await
}

/// Another's name in a place, after one that never was.
async fn pair(
    walk: &Walk<'_>,
    operation: &Operation,
    stranger: &Stranger,
    place: Place,
    name: Named,
) -> Result<Tried, WalkError> {
    let about = |text: &str| ask(walk.world, operation, stranger, &place, text);
    let mut nobodys = walk.send(operation, stranger.caller, about(&name.never)).await?;
    let theirs = walk.send(operation, stranger.caller, about(&name.text)).await?;
    // A door may have closed for everybody between the two, since there may be so many of a thing and no more, and it stays
    // closed. What tells the names apart is told by neither, before nor after; another's name is sent once.
    if theirs.tells(&name.text) != nobodys.tells(&name.never) {
        nobodys = walk.send(operation, stranger.caller, about(&name.never)).await?;
    }
    let attack = format!("{} with another's {} in {}", stranger.name, name.kind, words(&place));
    let complaint = complaint(walk.world, operation, stranger, &place, &name, &theirs, &nobodys);
    Ok((attack, complaint))
}

fn ask(world: &World, operation: &Operation, stranger: &Stranger, place: &Place, text: &str) -> Ask {
    let mut ask = Ask::about_nothing(operation, world);
    if stranger.of_both {
        let there = world.second.tenant.to_string();
        ask.headers.push((X_TENANT, there.clone()));
        ask.body =
            ask.body.map(|body| if body["tenant"] == "" { sample::with(&body, "/tenant", &there) } else { body });
    }
    match place {
        Place::Path => ask.parameter = text.to_owned(),
        Place::Query(name) => ask.query = Some((name.clone(), text.to_owned())),
        Place::Body(pointer) => ask.body = ask.body.map(|body| sample::with(&body, pointer, text)),
        Place::Header("if-none-match") => ask.headers.push(("if-none-match", format!("\"{text}\""))),
        Place::Header(header) => ask.headers.push((header, text.to_owned())),
    }
    ask
}

fn words(place: &Place) -> String {
    match place {
        Place::Path => "the path".to_owned(),
        Place::Query(name) => format!("the query's {name}"),
        Place::Body(pointer) => format!("the body's {}", pointer.trim_start_matches('/')),
        Place::Header(name) => format!("the header {name}"),
    }
}

fn complaint(
    world: &World,
    operation: &Operation,
    stranger: &Stranger,
    place: &Place,
    name: &Named,
    theirs: &Answer,
    nobodys: &Answer,
) -> Option<String> {
    // Whoever belongs to both is told of both where no place is named.
    if (!stranger.of_both || operation.door.has_place())
        && let Some(word) = world.first.secrets().find(|word| theirs.carries_beyond(&name.text, word))
    {
        return Some(format!("{}, and it carries {word}", theirs.words()));
    }
    if theirs.status >= 500 {
        return Some(theirs.words());
    }
    let names_a_place = match place {
        Place::Header(header) => *header == X_TENANT,
        Place::Query(name) => name == TENANT_QUERY,
        Place::Path | Place::Body(_) => false,
    };
    let is_place = names_a_place && operation.form == Form::Json;
    if is_place && operation.door.asks_who() && theirs.code() != "NOT_FOUND" {
        return Some(format!("{} instead of 404 NOT_FOUND", theirs.words()));
    }
    if theirs.header("idempotency-replayed").is_some() {
        return Some("another's stored answer".to_owned());
    }
    let (one, other) = (theirs.tells(&name.text), nobodys.tells(&name.never));
    (one != other).then(|| {
        let (one, other) = (theirs.words(), nobodys.words());
        format!("{one} where one that never was is {other}: the two answers differ")
    })
}
