//! Whether data of a known kind can go into a field. Where either is not known, it can.

use bellhop_connector::{Field, FieldKind};

use super::types;

/// Why data does not fit a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// The field wants a list, and the data is one value.
    OneForList,
    /// The field wants one value, and the data is a list or a group.
    SeveralForOne,
    /// The data is of another kind.
    OtherKind,
}

/// Whether data of kind `have` can go into a field of kind `want`.
pub(super) fn misfit(have: &Field, want: &Field) -> Option<Misfit> {
    let nested = |kind| matches!(kind, FieldKind::Array | FieldKind::Object);
    match (have.kind, want.kind) {
        (FieldKind::Any, _) | (_, FieldKind::Any) => None,
        (a, b) if a == b => None,
        (FieldKind::Object, FieldKind::Array) => Some(Misfit::OneForList),
        (have, FieldKind::Array) if !nested(have) => Some(Misfit::OneForList),
        (have, want) if nested(have) && !nested(want) => Some(Misfit::SeveralForOne),
        (_, FieldKind::Object) => Some(Misfit::OtherKind),
        (FieldKind::Boolean, want) if types::is_number(want) => Some(Misfit::OtherKind),
        (have, FieldKind::Boolean) if types::is_number(have) => Some(Misfit::OtherKind),
        _ => None,
    }
}
