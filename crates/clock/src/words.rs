//! What is wrong with words about time, and the small helpers that read them. Nothing here knows a unit or a day.

/// Words about time that cannot be understood. `Display` gives the message and the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordsError {
    /// What is wrong, one plain sentence without a full stop at the end.
    pub message: String,
    /// What to do, in words.
    pub help: Option<String>,
    /// The whole text as it was probably meant.
    pub suggestion: Option<String>,
}

impl std::error::Error for WordsError {}

impl std::fmt::Display for WordsError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(formatter, ". Did you mean `{suggestion}`?")
        } else if let Some(help) = &self.help {
            write!(formatter, ". {help}")
        } else {
            Ok(())
        }
    }
}

impl WordsError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, suggestion: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }
}

/// At most this much of a text is repeated in a message, in characters.
const SHOWN: usize = 60;

/// The text as a message shows it.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The known word that a mistyped one was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if !(3..=20).contains(&length) {
        return None;
    }
    let allowed = if length < 5 { 1 } else { 2 };
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, _)| (1..=allowed).contains(distance) || *distance == 2 && length == 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The words for small numbers, as people write them out.
pub(crate) fn number_word(word: &str) -> Option<u64> {
    const WORDS: [&str; 13] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    match word {
        "a" | "an" => Some(1),
        _ => WORDS.iter().position(|known| *known == word).map(|at| at as u64),
    }
}

/// A text with every word replaced for which there is something better; nothing where no word was.
pub(crate) fn mended(text: &str, mut better: impl FnMut(&str) -> Option<String>) -> Option<String> {
    let mut changed = false;
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| match better(word) {
            Some(replacement) if replacement != word => {
                changed = true;
                replacement
            }
            _ => word.to_owned(),
        })
        .collect();
    changed.then(|| words.join(" "))
}
