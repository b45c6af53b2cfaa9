//! The words that expressions know, with examples: for editors. The tables themselves are in `filters` and `checks`.

use crate::{checks, filters};

/// A filter (`| name`) or a test (`is name`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its name.
    pub name: &'static str,
    /// An expression that uses it: `amount | money('EUR')`, `contact.tags is empty`.
    pub example: &'static str,
    /// Whether it means nothing without something in its brackets.
    pub takes_more: bool,
}

/// Every filter, `default` first.
pub fn filters() -> impl Iterator<Item = Word> {
    let default =
        Word { name: "default", example: "contact.firstName | default('friend')", takes_more: true };
    let rest = filters::all().iter().map(|filter| Word {
        name: filter.name,
        example: filter.example,
        takes_more: filter.arguments.0 > 0,
    });
    std::iter::once(default).chain(rest)
}

/// Every test.
pub fn tests() -> impl Iterator<Item = Word> {
    checks::all().iter().map(|check| Word {
        name: check.name,
        example: check.example,
        takes_more: check.arguments.0 > 0,
    })
}

#[cfg(test)]
mod trials {
    use super::{filters, tests};
    use crate::{Condition, Expression};

    #[test]
    fn every_example_uses_its_word_and_can_be_read() {
        for word in filters() {
            assert!(word.example.contains(&format!("| {}", word.name)), "{word:?}");
            assert!(Expression::parse(word.example).is_ok(), "{word:?}");
        }
        for word in tests() {
            assert!(word.example.contains(&format!("is {}", word.name)), "{word:?}");
            assert!(Condition::parse(word.example).is_ok(), "{word:?}");
        }
        assert!(filters().count() > 30 && tests().count() > 20);
    }
}
