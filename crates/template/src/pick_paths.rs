//! What a JSONPath query is made of: whether it can match only once, which names it begins with, what it refers to.
//! The one place that looks into jsonpath-rust's tree.

use crate::limits;
use crate::node::{Path, Step};
use crate::reference::Segment;
use jsonpath_rust::parser::model::{
    Comparable, Filter, FilterAtom, FnArg, JpQuery, Segment as Part, Selector, SingularQuery,
    SingularQuerySegment, Test, TestFunction,
};

/// A query taken apart.
#[derive(Debug)]
pub(crate) struct Parts {
    /// The plain path, where it can match only once.
    pub(crate) once: Option<Path>,
    /// The name it begins with.
    pub(crate) root: String,
    /// The query from the value of that name on, where no filter in it begins at `$`.
    pub(crate) below_root: Option<JpQuery>,
    /// Every name that it or a filter in it begins with.
    pub(crate) names: Vec<String>,
    pub(crate) references: Vec<Vec<Segment>>,
}

/// Takes a query apart; refuses in words what begins with no name or would search without end.
pub(crate) fn parts(query: &JpQuery) -> Result<Parts, String> {
    let Some(Part::Selector(Selector::Name(root))) = query.segments.first() else {
        return Err("This pick does not say which value it begins with.".to_owned());
    };
    let searches = query.to_string().matches("..").count();
    let wide = query
        .segments
        .iter()
        .filter(|part| !matches!(part, Part::Selector(Selector::Name(_) | Selector::Index(_))));
    // The same place may be named twice in one bracket, so that each bracket multiplies what is found.
    let ways = query.segments.iter().fold(1_usize, |ways, part| match part {
        Part::Selectors(selectors) => ways.saturating_mul(selectors.len()),
        _ => ways,
    });
    if searches > 1 || wide.count() > 6 || ways > limits::PICK_WAYS {
        return Err("This pick would search in too many places at once.".to_owned());
    }
    let mut from_filters = Vec::new();
    collect(&query.segments, &mut from_filters);
    let mut references = vec![outline(&query.segments)];
    let below_root = from_filters.is_empty().then(|| JpQuery::new(query.segments[1..].to_vec()));
    references.extend(from_filters);
    let mut names: Vec<String> = references.iter().filter_map(|path| first_name(path)).collect();
    names.dedup();
    Ok(Parts { once: plain(&query.segments), root: root.clone(), below_root, names, references })
}

fn first_name(path: &[Segment]) -> Option<String> {
    match path.first() {
        Some(Segment::Name(name)) => Some(name.clone()),
        _ => None,
    }
}

fn plain(segments: &[Part]) -> Option<Path> {
    let mut steps = segments.iter().map(|part| match part {
        Part::Selector(Selector::Name(name)) => Some(Step::Name(name.clone())),
        Part::Selector(Selector::Index(index)) => Some(Step::Index(*index)),
        _ => None,
    });
    match steps.next()?? {
        Step::Name(root) => Some(Path { root, steps: steps.collect::<Option<_>>()? }),
        Step::Index(_) => None,
    }
}

/// The path as far as it is certain; what can match many is `Any`, and nothing is said below a search (`..`).
fn outline(segments: &[Part]) -> Vec<Segment> {
    let mut path = Vec::new();
    for part in segments {
        path.push(match part {
            Part::Selector(Selector::Name(name)) => Segment::Name(name.clone()),
            Part::Selector(Selector::Index(index)) => Segment::Index(*index),
            Part::Selector(_) | Part::Selectors(_) => Segment::Any,
            Part::Descendant(_) => {
                path.push(Segment::Any);
                break;
            }
        });
    }
    path
}

/// Adds the paths in filters that begin at `$`.
fn collect(segments: &[Part], found: &mut Vec<Vec<Segment>>) {
    for part in segments {
        match part {
            Part::Descendant(inner) => collect(std::slice::from_ref(inner), found),
            Part::Selector(selector) => in_selector(selector, found),
            Part::Selectors(selectors) => selectors.iter().for_each(|selector| in_selector(selector, found)),
        }
    }
}

fn in_selector(selector: &Selector, found: &mut Vec<Vec<Segment>>) {
    if let Selector::Filter(filter) = selector {
        in_filter(filter, found);
    }
}

fn in_filter(filter: &Filter, found: &mut Vec<Vec<Segment>>) {
    match filter {
        Filter::Or(filters) | Filter::And(filters) => {
            for filter in filters {
                in_filter(filter, found);
            }
        }
        Filter::Atom(FilterAtom::Filter { expr, .. }) => in_filter(expr, found),
        Filter::Atom(FilterAtom::Test { expr, .. }) => in_test(expr, found),
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            let (left, right) = comparison.vals();
            in_comparable(left, found);
            in_comparable(right, found);
        }
    }
}

fn in_test(test: &Test, found: &mut Vec<Vec<Segment>>) {
    match test {
        Test::RelQuery(segments) => collect(segments, found),
        Test::AbsQuery(query) => {
            found.push(outline(&query.segments));
            collect(&query.segments, found);
        }
        Test::Function(function) => in_function(function, found),
    }
}

fn in_comparable(comparable: &Comparable, found: &mut Vec<Vec<Segment>>) {
    match comparable {
        Comparable::SingularQuery(SingularQuery::Root(segments)) => found.push(
            segments
                .iter()
                .map(|segment| match segment {
                    SingularQuerySegment::Name(name) => Segment::Name(name.clone()),
                    SingularQuerySegment::Index(index) => Segment::Index(*index),
                })
                .collect(),
        ),
        Comparable::Function(function) => in_function(function, found),
        Comparable::Literal(_) | Comparable::SingularQuery(SingularQuery::Current(_)) => {}
    }
}

fn in_function(function: &TestFunction, found: &mut Vec<Vec<Segment>>) {
    let mut argument = |argument: &FnArg| match argument {
        FnArg::Literal(_) => {}
        FnArg::Test(test) => in_test(test, found),
        FnArg::Filter(filter) => in_filter(filter, found),
    };
    match function {
        TestFunction::Custom(_, arguments) => arguments.iter().for_each(argument),
        TestFunction::Length(inner) => argument(inner),
        TestFunction::Value(inner) | TestFunction::Count(inner) => argument(inner),
        TestFunction::Search(left, right) | TestFunction::Match(left, right) => {
            argument(left);
            argument(right);
        }
    }
}
