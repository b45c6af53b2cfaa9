//! minijinja's operators and the tree's own for the same. Nothing else.

use crate::node::{Kind, Node, Operator, Relation};
use minijinja::machinery::ast::{BinOpKind, CompareOpKind};

pub(crate) fn binary(operator: BinOpKind, left: Box<Node>, right: Box<Node>) -> Kind {
    let compare = |relation, left, right: Box<Node>| Kind::Compare(left, vec![(relation, *right)]);
    match operator {
        BinOpKind::Eq => compare(Relation::Equal, left, right),
        BinOpKind::Ne => compare(Relation::NotEqual, left, right),
        BinOpKind::Lt => compare(Relation::Less, left, right),
        BinOpKind::Lte => compare(Relation::LessOrEqual, left, right),
        BinOpKind::Gt => compare(Relation::Greater, left, right),
        BinOpKind::Gte => compare(Relation::GreaterOrEqual, left, right),
        BinOpKind::In => compare(Relation::In, left, right),
        BinOpKind::ScAnd => Kind::And(left, right),
        BinOpKind::ScOr => Kind::Or(left, right),
        BinOpKind::Add => Kind::Arithmetic(Operator::Add, left, right),
        BinOpKind::Sub => Kind::Arithmetic(Operator::Subtract, left, right),
        BinOpKind::Mul => Kind::Arithmetic(Operator::Multiply, left, right),
        BinOpKind::Div => Kind::Arithmetic(Operator::Divide, left, right),
        BinOpKind::FloorDiv => Kind::Arithmetic(Operator::DivideWhole, left, right),
        BinOpKind::Rem => Kind::Arithmetic(Operator::Remainder, left, right),
        BinOpKind::Pow => Kind::Arithmetic(Operator::Power, left, right),
        BinOpKind::Concat => Kind::Arithmetic(Operator::Join, left, right),
    }
}

pub(crate) fn relation(operator: CompareOpKind) -> Relation {
    match operator {
        CompareOpKind::Eq => Relation::Equal,
        CompareOpKind::Ne => Relation::NotEqual,
        CompareOpKind::Lt => Relation::Less,
        CompareOpKind::Lte => Relation::LessOrEqual,
        CompareOpKind::Gt => Relation::Greater,
        CompareOpKind::Gte => Relation::GreaterOrEqual,
        CompareOpKind::In => Relation::In,
        CompareOpKind::NotIn => Relation::NotIn,
    }
}
