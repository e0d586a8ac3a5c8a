//! A person or an organization at a glance: the first letters of a name.

use leptos::prelude::*;

/// The initials of a name, as decoration beside the name itself.
#[component]
pub fn Avatar(
    /// The name.
    #[prop(into)]
    name: Signal<String>,
    /// A square with round corners: an organization.
    #[prop(optional)]
    square: bool,
) -> impl IntoView {
    view! {
        <span class="avatar" data-shape=square.then_some("square") aria-hidden="true">
            {move || name.with(|name| initials(name))}
        </span>
    }
}

/// The first letters of the first and the last word, in capitals; a dot where there is no letter or digit at all.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let letters: String = first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect();
    if letters.is_empty() { "·".to_owned() } else { letters }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_taken_from_both_ends_of_a_name() {
        assert_eq!(initials("ada king lovelace"), "AL");
        assert_eq!(initials("Åsa"), "Å");
        assert_eq!(initials("  "), "·");
        assert_eq!(initials("🦊"), "·");
    }
}
