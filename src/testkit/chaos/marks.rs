//! Marks: what tells whose a thing is. Every row that chaos makes carries its tenant's canary, and every id that it has
//! learnt is a mark too; a mark in an answer to somebody else is a leak.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use super::Chance;

/// A workspace: the number of its organization, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The organization.
    pub organization: usize,
    /// The workspace in it.
    pub workspace: usize,
}

/// Whose a mark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// All of an organization may see it.
    Organization(usize),
    /// One workspace.
    Workspace(Place),
}

/// What an answer may show.
#[derive(Clone, Copy, Debug)]
pub(super) enum View {
    /// The organizations with these two numbers, as a member of both sees them.
    Organizations([usize; 2]),
    /// One workspace, with what is its organization's.
    Workspace(Place),
}

impl View {
    fn shows(self, owner: Owner) -> bool {
        match (self, owner) {
            (Self::Organizations(own), Owner::Organization(organization)) => own.contains(&organization),
            (Self::Organizations(own), Owner::Workspace(place)) => own.contains(&place.organization),
            (Self::Workspace(own), Owner::Organization(organization)) => own.organization == organization,
            (Self::Workspace(own), Owner::Workspace(place)) => own == place,
        }
    }
}

const CANARY: &[u8] = b"canary";

/// Hexadecimal digits after the word.
const CANARY_TAIL: usize = 16;

/// Base32 digits of a TypeID, after the prefix and `_`.
const ID_TAIL: usize = 26;

/// A canary that nobody else has.
pub(super) fn canary(chance: &mut Chance) -> String {
    format!("canary{:016x}", chance.number())
}

/// All marks that are known.
#[derive(Debug, Default)]
pub(super) struct Marks(RwLock<HashMap<String, Owner>>);

impl Marks {
    /// Makes a text a mark.
    pub fn add(&self, text: impl ToString, owner: Owner) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(text.to_string(), owner);
    }

    /// Marks in an answer's bytes, header or body, that the view does not show.
    pub fn strangers_in(&self, answer: &[u8], view: View) -> Vec<String> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let strange = |mark: &&str| known.get(*mark).is_some_and(|owner| !view.shows(*owner));
        candidates(answer).filter(strange).map(str::to_owned).collect()
    }
}

/// Everything that has the form of a mark.
fn candidates(answer: &[u8]) -> impl Iterator<Item = &str> {
    let canaries = places_of(answer, CANARY).map(|start| (start, start + CANARY.len() + CANARY_TAIL));
    let ids = places_of(answer, b"_").filter_map(|underscore| {
        let prefix = answer[..underscore].iter().rev().take_while(|byte| byte.is_ascii_lowercase()).count();
        (prefix > 0).then_some((underscore - prefix, underscore + 1 + ID_TAIL))
    });
    canaries.chain(ids).filter_map(|(start, end)| std::str::from_utf8(answer.get(start..end)?).ok())
}

fn places_of<'a>(answer: &'a [u8], piece: &'a [u8]) -> impl Iterator<Item = usize> {
    answer.windows(piece.len()).enumerate().filter(move |(_, window)| *window == piece).map(|(start, _)| start)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place = Place { organization: 0, workspace: 0 };

    fn marks() -> Marks {
        let marks = Marks::default();
        marks.add("org_01h2xcejqtf2nbrexx3vqjhp41", Owner::Organization(0));
        marks.add("job_01h2xcejqtf2nbrexx3vqjhp42", Owner::Workspace(Place { workspace: 1, ..HERE }));
        marks.add("canary0123456789abcdef", Owner::Workspace(Place { organization: 1, workspace: 0 }));
        marks
    }

    #[test]
    fn a_mark_is_found_wherever_it_stands() {
        let answer = br#"x-a: canary0123456789abcdef-2, {"id":"job_01h2xcejqtf2nbrexx3vqjhp42","o":"org_01h2xcejqtf2nbrexx3vqjhp41"}"#;
        assert_eq!(
            marks().strangers_in(answer, View::Workspace(HERE)),
            ["canary0123456789abcdef", "job_01h2xcejqtf2nbrexx3vqjhp42"]
        );
        assert_eq!(marks().strangers_in(answer, View::Organizations([0, 0])), ["canary0123456789abcdef"]);
        assert!(marks().strangers_in(answer, View::Organizations([0, 1])).is_empty());
    }

    #[test]
    fn an_answer_that_was_cut_inside_a_mark_is_no_leak() {
        assert!(marks().strangers_in(b"canary0123456789abc", View::Workspace(HERE)).is_empty());
        assert!(marks().strangers_in(b"_", View::Workspace(HERE)).is_empty());
    }
}
