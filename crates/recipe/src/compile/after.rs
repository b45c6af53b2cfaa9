//! `after:` – which steps a step comes after, in place of those that only the order written gives it (rule R6).
//!
//! The names are noted when the step is read, and understood when its whole block is: only then is it known whether a name
//! belongs to a later step, and what that step waits for.

use bellhop_source::{Address, Diagnostic, closest};

use super::frames::Named;
use super::verbs::Parts;
use super::{Checker, names, order};
use crate::codes;

impl Checker<'_> {
    /// Notes the names under a step's `after:`.
    pub(super) fn after(&mut self, parts: &Parts<'_>, address: &Address) {
        let Some((key, node)) = parts.get("after") else { return };
        let address = address.key(&key.text);
        if let Some(name) = node.text().filter(|text| !text.trim().is_empty()) {
            self.report(
                Diagnostic::error(
                    codes::WRONG_SHAPE,
                    node.span,
                    address,
                    format!("`after` is a list of names, and here stands {}", node.kind()),
                )
                .suggest(node.span, format!("[{}]", name.trim().trim_start_matches("$."))),
            );
            return;
        }
        for (index, item) in self
            .items_of(node, &address, "`after`", "`after: [contact]`")
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            let address = address.index(index);
            let Some(name) = self.text_of(item, &address, "the name of a step's result") else { continue };
            if let Some(frame) = self.frames.last_mut() {
                let step = frame.current;
                frame.after.push(Named { step, name: name.to_owned(), span: item.span, address });
            }
        }
    }

    /// What `after:` says in the block that has just been read: pairs of a step and one that it comes after; none for one
    /// outside the block. Complains about names that are no earlier step's.
    pub(super) fn afters(&mut self, writes: &[bool]) -> Vec<(usize, Option<usize>)> {
        let named = self.frames.last_mut().map(|frame| std::mem::take(&mut frame.after)).unwrap_or_default();
        let mut found = Vec::with_capacity(named.len());
        let mut later = Vec::new();
        for one in named {
            if self.stops() {
                return found;
            }
            let giver = self.giver(&one.name);
            match giver {
                Some(giver) if giver < one.step => found.push((one.step, Some(giver))),
                Some(giver) => later.push((one, giver)),
                None if self.frames.iter().any(|frame| {
                    frame.names.get(&one.name).is_some_and(|known| known.given_by.is_some())
                }) =>
                {
                    // The step around this block waits for it.
                    self.resolve(&one.name);
                    found.push((one.step, None));
                }
                None => self.no_step(&one),
            }
        }
        for (one, giver) in later {
            if self.stops() {
                return found;
            }
            self.after_a_later_one(&one, giver, writes, &found);
        }
        found
    }

    /// The step of the innermost block that gives a name.
    fn giver(&self, name: &str) -> Option<usize> {
        self.frames.last()?.names.get(name)?.given_by
    }

    fn no_step(&mut self, one: &Named) {
        if self.find(&one.name).is_some() {
            let message = format!("`{}` is no step's result, so nothing can come after it", one.name);
            self.report(
                Diagnostic::error(codes::UNKNOWN_NAME, one.span, one.address.clone(), message)
                    .help("`after` takes names that steps before this one give by `as:` or `set:`."),
            );
            return;
        }
        if self.written.iter().any(|written| written.name == one.name) {
            let diagnostic = self.missing_name(&one.name, None, one.span, &one.address);
            self.report(diagnostic);
            return;
        }
        let bare = one.name.trim_start_matches("$.");
        let frames = self.frames.iter().flat_map(|frame| &frame.names);
        let known: Vec<String> =
            frames.filter(|known| known.given_by.is_some()).map(|known| known.name.clone()).collect();
        let words: Vec<&str> = known.iter().map(String::as_str).collect();
        let meant = closest(bare, words.iter().copied());
        let message = match meant {
            Some(meant) => format!("no step gives the name `{}`: did you mean `{meant}`?", one.name),
            None => format!("no step gives the name `{}`", one.name),
        };
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, one.span, one.address.clone(), message);
        let diagnostic = diagnostic.help(match words.as_slice() {
            [] => "Give the step that is to come first a name by `as:`.".to_owned(),
            words => format!(
                "Steps here give {}. Give the step that is to come first a name by `as:`.",
                names::some(words)
            ),
        });
        self.report(match meant {
            Some(meant) => diagnostic.suggest(one.span, meant),
            None => diagnostic,
        });
    }

    /// A step that is to come after itself or a later one: a circle where that one waits for it.
    fn after_a_later_one(
        &mut self,
        one: &Named,
        giver: usize,
        writes: &[bool],
        after: &[(usize, Option<usize>)],
    ) {
        let circle = if giver == one.step {
            Some(vec![giver])
        } else {
            let uses: Vec<_> = self.frames.last().iter().flat_map(|frame| &frame.uses).copied().collect();
            let edges = order::edges(writes, &uses, after);
            order::path(&edges, one.step, giver, writes.len())
        };
        let Some(circle) = circle else {
            let diagnostic = self.missing_name(&one.name, None, one.span, &one.address);
            self.report(diagnostic);
            return;
        };
        let mut names: Vec<String> = circle.iter().map(|step| self.name_of_step(*step, &one.name)).collect();
        names.extend(names.first().cloned());
        self.report(
            Diagnostic::error(
                codes::CIRCLE,
                one.span,
                one.address.clone(),
                format!("these steps would wait for one another: {}", names.join(" → ")),
            )
            .help("A step can only come after one that does not wait for it itself: take the name out, or move the step further down."),
        );
    }

    /// A step in words: the name that it gives, `preferred` where it gives several.
    fn name_of_step(&self, step: usize, preferred: &str) -> String {
        let frame = self.frames.last();
        let names = frame.into_iter().flat_map(|frame| &frame.names);
        let mut given: Vec<&str> =
            names.filter(|one| one.given_by == Some(step)).map(|one| one.name.as_str()).collect();
        given.sort_by_key(|name| *name != preferred);
        given.first().map_or_else(|| format!("step {}", step + 1), |name| (*name).to_owned())
    }
}
