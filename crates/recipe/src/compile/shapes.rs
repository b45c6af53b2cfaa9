//! The shapes of YAML that a key wants: a list, a group of fields, a text. Complains where it is another.

use bellhop_source::{Address, Diagnostic, Key, Node, Span};

use super::Checker;
use crate::codes;

impl Checker<'_> {
    /// The text of a node that must be a text that says something.
    pub(super) fn text_of<'n>(&mut self, node: &'n Node, address: &Address, what: &str) -> Option<&'n str> {
        match node.text() {
            Some(text) if !text.trim().is_empty() => Some(text),
            _ => {
                let found = if node.text().is_some() { "nothing" } else { node.kind() };
                self.error(
                    codes::WRONG_SHAPE,
                    node.span,
                    address,
                    format!("{what} is a text, and here stands {found}"),
                );
                None
            }
        }
    }

    /// The members of a node that must be a group of fields.
    pub(super) fn members_of<'n>(
        &mut self,
        node: &'n Node,
        address: &Address,
        what: &str,
        example: &str,
    ) -> Option<&'n [(Key, Node)]> {
        let members = node.members();
        if members.is_none() {
            self.report(
                Diagnostic::error(
                    codes::WRONG_SHAPE,
                    node.span,
                    address.clone(),
                    format!("{what} is a group of fields, and here stands {}", node.kind()),
                )
                .help(format!("Write it like this: {example}")),
            );
        }
        members
    }

    /// The items of a node that must be a list with something in it.
    pub(super) fn items_of<'n>(
        &mut self,
        node: &'n Node,
        address: &Address,
        what: &str,
        example: &str,
    ) -> Option<&'n [Node]> {
        match node.items() {
            Some([]) => {
                self.report(
                    Diagnostic::error(
                        codes::WRONG_SHAPE,
                        node.span,
                        address.clone(),
                        format!("{what} is empty"),
                    )
                    .help("Put something in, or leave the key out."),
                );
                None
            }
            Some(items) => Some(items),
            None => {
                self.report(
                    Diagnostic::error(
                        codes::WRONG_SHAPE,
                        node.span,
                        address.clone(),
                        format!("{what} is a list, and here stands {}", node.kind()),
                    )
                    .help(format!("Write it like this: {example}")),
                );
                None
            }
        }
    }

    /// A key that must be there is not.
    pub(super) fn missing_key(&mut self, span: Span, address: &Address, message: &str, example: &str) {
        self.report(
            Diagnostic::error(codes::MISSING_KEY, span, address.clone(), message.to_owned())
                .help(format!("Add a line such as `{example}`.")),
        );
    }
}
