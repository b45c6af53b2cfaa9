//! The words of a message: which recipe, which records, what happened, what to do.

use std::fmt::Write as _;

use bellhop_journal::RunStatus;

use crate::digest::News;

/// The longest sentence of a trouble that is told, in characters.
const LONGEST: usize = 400;

/// The first line.
pub(crate) fn subject(news: &News) -> String {
    let count = news.kinds.iter().map(|kind| kind.count).sum::<u64>() + news.more;
    match (count, news.kinds.as_slice()) {
        (1, [kind]) => format!("Bellhop: a run of {} needs you", kind.recipe_name),
        (_, [kind]) => format!("Bellhop: {count} runs of {} need you", kind.recipe_name),
        _ => format!("Bellhop: {count} runs need you"),
    }
}

/// The whole message as plain text.
pub(crate) fn text(news: &News) -> String {
    // Writing to a string cannot fail.
    let mut text = subject(news) + ".\n";
    for kind in &news.kinds {
        let _ = write!(text, "\n{}", kind.recipe_name);
        let _ = if kind.count > 1 { writeln!(text, ", {} runs:", kind.count) } else { writeln!(text, ":") };
        for trouble in &kind.examples {
            let record = trouble.record.as_deref().map(|record| format!("{record}: ")).unwrap_or_default();
            let ended = if trouble.status == RunStatus::Failed { " (ended as failed)" } else { "" };
            let _ = writeln!(
                text,
                "• {record}{}{ended} [bellhop runs show {}]",
                cut(&trouble.message),
                trouble.run
            );
        }
        let shown = u64::try_from(kind.examples.len()).unwrap_or(u64::MAX);
        if kind.count > shown {
            let _ = writeln!(text, "• … and {} more like it", kind.count - shown);
        }
    }
    if news.more > 0 {
        let _ = writeln!(text, "\n… and {} runs of other recipes.", news.more);
    }
    text.push_str("\nAll of them: bellhop runs list --needs-attention\n");
    text
}

fn cut(sentence: &str) -> String {
    match sentence.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", sentence[..at].trim_end()),
        None => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use bellhop_engine::Alert;
    use bellhop_journal::RunId;
    use jiff::Timestamp;

    use super::*;
    use crate::digest::Kind;

    #[test]
    fn a_message_says_what_happened_to_whom_and_what_to_do() {
        let trouble = Alert {
            run: RunId::from("run_1"),
            recipe: "route".into(),
            recipe_name: "Route new leads".into(),
            record: Some("contact c1".into()),
            step: "/steps/1".to_owned(),
            status: RunStatus::NeedsAttention,
            message: "Step 2 (contacts.add_tags): there is no contact c1.".to_owned(),
            at: Timestamp::UNIX_EPOCH,
        };
        let kind = Kind { recipe_name: "Route new leads".to_owned(), count: 12, examples: vec![trouble] };
        let news = News { kinds: vec![kind], more: 3, latest: Timestamp::UNIX_EPOCH };
        assert_eq!(
            text(&news),
            "Bellhop: 15 runs of Route new leads need you.\n\nRoute new leads, 12 runs:\n• contact c1: Step 2 \
             (contacts.add_tags): there is no contact c1. [bellhop runs show run_1]\n• … and 11 more like it\n\n… and 3 \
             runs of other recipes.\n\nAll of them: bellhop runs list --needs-attention\n"
        );
    }
}
