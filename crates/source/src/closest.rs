//! Did-you-mean: the known word nearest to an unknown one. It compares letters, it knows no synonyms.

/// Longer words are names of nothing; comparing them would only cost time.
const LONGEST: usize = 100;
/// Candidates that are looked at, the first ones; a document of thousands of names and mistakes must not multiply them.
const MOST: usize = 500;

/// The candidate that is most likely meant by `word`, where one is near enough. Case, underscores, hyphens
/// and spaces count as nothing: `createContact` finds `create_contact`. So does the order of words, and a
/// beginning or a part that fits one candidate only.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = bare(word);
    if wanted.is_empty() || word.len() > LONGEST {
        return None;
    }
    let asked = words(word);
    let mut best: Option<(Rank, &'a str)> = None;
    let mut part_of: Option<&'a str> = None;
    let mut parts = 0;
    for candidate in candidates.into_iter().take(MOST) {
        let known = bare(candidate);
        if let Some(rank) = rank(word, &asked, &wanted, candidate, &known)
            && best.as_ref().is_none_or(|(least, _)| rank < *least)
        {
            best = Some((rank, candidate));
        }
        if is_part(&wanted, &asked, candidate, &known) {
            part_of = Some(candidate);
            parts += 1;
        }
    }
    best.map(|(_, candidate)| candidate).or(if parts == 1 { part_of } else { None })
}

/// Whether `word` is `meant` but for a slip of the finger: one letter too many, missing, wrong or changed for its neighbour, or
/// another case, underscores, hyphens or spaces. A difference in more letters may be another word; so may any in a word of
/// three letters or fewer, unless a letter is only doubled.
pub fn is_slip(word: &str, meant: &str) -> bool {
    let (word, meant) = (bare(word), bare(meant));
    let near = || meant.chars().count() > 3 && strsim::osa_distance(&word, &meant) <= 1;
    word.len() <= LONGEST && (undoubled(&word) == undoubled(&meant) || near())
}

/// The letters with each run of the same one told once.
fn undoubled(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.dedup();
    letters
}

/// Distance in letters, then whether the first letters differ.
type Rank = (usize, bool);

fn rank(word: &str, asked: &[String], wanted: &str, candidate: &str, known: &str) -> Option<Rank> {
    if wanted == known {
        return Some((0, candidate != word));
    }
    if asked.len() > 1 && sorted(asked.to_vec()) == sorted(words(candidate)) {
        return Some((1, false));
    }
    let (shorter, longer) = {
        let (a, b) = (wanted.chars().count(), known.chars().count());
        (a.min(b), a.max(b))
    };
    let allowed = (longer / 3).min(4);
    if longer - shorter > allowed {
        return None;
    }
    let distance = strsim::osa_distance(wanted, known);
    (distance <= allowed).then(|| (distance, wanted.chars().next() != known.chars().next()))
}

fn is_part(wanted: &str, asked: &[String], candidate: &str, known: &str) -> bool {
    wanted.chars().count() >= 3
        && (known.starts_with(wanted) || {
            let offered = words(candidate);
            asked.iter().all(|part| offered.contains(part)) || {
                offered.len() > 1 && offered.iter().all(|part| asked.contains(part))
            }
        })
}

/// The letters that count.
fn bare(word: &str) -> String {
    word.chars().filter(|letter| !matches!(letter, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// The words of a name in snake, kebab or camel case, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    let mut after_small = false;
    for letter in name.chars() {
        if matches!(letter, '_' | '-' | ' ' | '.') {
            open = false;
            continue;
        }
        if letter.is_uppercase() && after_small {
            open = false;
        }
        after_small = letter.is_lowercase();
        if !open {
            words.push(String::new());
            open = true;
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

fn sorted(mut words: Vec<String>) -> Vec<String> {
    words.sort_unstable();
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{closest, is_slip};

    const KNOWN: [&str; 7] =
        ["create_contact", "update_contact", "add_tags", "description", "name", "firstName", "on_failure"];

    #[test]
    fn finds_what_was_meant() {
        for (word, meant) in [
            ("createContact", Some("create_contact")),
            ("Create-Contact", Some("create_contact")),
            ("creat_contact", Some("create_contact")),
            ("add_tag", Some("add_tags")),
            ("tags_add", Some("add_tags")),
            ("first_name", Some("firstName")),
            ("frist_name", Some("firstName")),
            ("nmae", Some("name")),
            ("desc", Some("description")),
            ("failure", Some("on_failure")),
            ("contact", None),
            ("zip", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(closest(word, KNOWN), meant, "{word}");
        }
    }

    #[test]
    fn the_nearest_wins_and_not_the_first() {
        assert_eq!(closest("list_task", ["list_tags", "list_tasks"]), Some("list_tasks"));
    }

    #[test]
    fn a_slip_is_one_letter_and_no_other_word() {
        for word in ["add_tag", "add_tgas", "addTags", "Add-Tags", "add_tagss"] {
            assert!(is_slip(word, "add_tags"), "{word}");
        }
        for word in ["ID", "Id", "idd", "i_d"] {
            assert!(is_slip(word, "id"), "{word}");
        }
        for (word, meant) in
            [("delete_tags", "delete_task"), ("website", "contact.website"), ("as", "is"), ("ids", "id")]
        {
            assert!(!is_slip(word, meant), "{word} {meant}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_finds_itself(word in ".{0,30}") {
            let found = closest(&word, [word.as_str()]);
            prop_assert!(found.is_none() || found == Some(word.as_str()));
        }
    }
}
