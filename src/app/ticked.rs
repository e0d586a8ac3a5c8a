//! Boxes of a form that share a name.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{SeqAccess, Visitor},
};

/// The boxes of one name that were ticked. A form sends them as a list; whatever else is sent in their place is a list of
/// that, so that who may not do a thing is told so and not what is wrong with the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ticked(pub Vec<String>);

impl<'de> Deserialize<'de> for Ticked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TickedVisitor)
    }
}

struct TickedVisitor;

impl<'de> Visitor<'de> for TickedVisitor {
    type Value = Ticked;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the boxes that were ticked")
    }

    fn visit_str<E>(self, one: &str) -> Result<Ticked, E> {
        Ok(Ticked(vec![one.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut boxes: A) -> Result<Ticked, A::Error> {
        let mut ticked = Vec::new();
        while let Some(one) = boxes.next_element()? {
            ticked.push(one);
        }
        Ok(Ticked(ticked))
    }
}
