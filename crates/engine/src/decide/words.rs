//! Sentences about steps, for people who do not program: `Step 2, then 1 (contacts.add_tags)`.

use std::fmt::Write;

use bellhop_recipe::{Action, Step};

/// A sentence about a step: where it stands, what it does, and what is to be said of it.
pub(crate) fn sentence(id: &str, step: &Step, what: &str) -> String {
    format!("{}: {what}", label(id, step))
}

/// Where a step stands and what it does.
pub(crate) fn label(id: &str, step: &Step) -> String {
    let mut label = place(id);
    let _ = match &step.action {
        Action::Call(call) => write!(label, " ({}.{})", call.connector, call.operation),
        Action::If { .. } => write!(label, " (if)"),
        Action::Choose { .. } => write!(label, " (choose)"),
        Action::ForEach(_) => write!(label, " (for_each)"),
        Action::Parallel(_) => write!(label, " (parallel)"),
        Action::Wait(_) => write!(label, " (wait)"),
        Action::Set(_) => write!(label, " (set)"),
        Action::WaitFor(_) => write!(label, " (wait_for)"),
        Action::Map { .. } => write!(label, " (map)"),
        Action::Run { .. } => write!(label, " (call)"),
        Action::Approve(_) => write!(label, " (approve)"),
        Action::Stop(_) => write!(label, " (stop)"),
        Action::Fail(_) => write!(label, " (fail)"),
    };
    label
}

/// An id in words: `/steps/3#5/do/0` is `Step 4 (item 6), do 1`.
fn place(id: &str) -> String {
    let mut words = String::new();
    let mut parts = id.split('/').filter(|part| !part.is_empty()).peekable();
    while let Some(part) = parts.next() {
        let separator = if words.is_empty() { "" } else { ", " };
        let _ = match part {
            "steps" => write!(words, "{separator}Step"),
            "choose" => write!(words, "{separator}case"),
            "on_error" => write!(words, "{separator}on error"),
            "on_failure" => write!(words, "{separator}On failure"),
            "parallel" => match parts.next() {
                Some(branch) => {
                    write!(words, "{separator}branch {}", branch.replace("~1", "/").replace("~0", "~"))
                }
                None => Ok(()),
            },
            number if number.starts_with(|first: char| first.is_ascii_digit()) => counted(&mut words, number),
            name => write!(words, "{separator}{name}"),
        };
    }
    words
}

/// A number from 0 as people count, with the turn of a loop behind it.
fn counted(words: &mut String, number: &str) -> std::fmt::Result {
    let (step, turn) = match number.split_once('#') {
        Some((step, turn)) => (step, Some(turn)),
        None => (number, None),
    };
    let people = |number: &str| number.parse::<u64>().map_or(0, |number| number.saturating_add(1));
    // A branch of a `parallel` has its steps straight below its name.
    write!(words, " {}", people(step))?;
    match turn {
        Some(turn) => write!(words, " (item {})", people(turn)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn ids_are_read_as_people_count() {
        for (id, words) in [
            ("/steps/1", "Step 2"),
            ("/steps/1/then/0", "Step 2, then 1"),
            ("/steps/3#5/do/0", "Step 4 (item 6), do 1"),
            ("/steps/0/choose/1/do/2", "Step 1, case 2, do 3"),
            ("/steps/0/parallel/sales~1vip/2", "Step 1, branch sales/vip 3"),
            ("/steps/2/on_error/0", "Step 3, on error 1"),
            ("/on_failure/1/then/0", "On failure 2, then 1"),
        ] {
            assert_eq!(place(id), words);
        }
    }
}
