//! Follows a list through its pages: until a page is short, nothing leads on, a cursor comes again, or enough items are
//! there. Every page is a call of its own under the same budgets; where the next one begins is handed out and back as
//! JSON, so that whoever reads page by page can go on days later and in another process.

use bellhop_connector::{Failure, FailureClass, Page, Pages, dotted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{answer::unwrapped, connector::Attempt, request::Overrides};

/// Stands for the next page's number.
const PAGE: &str = "{page}";
/// Stands for how many items to skip.
const OFFSET: &str = "{offset}";
/// So many of the last pages are known by heart, to see at once where a list leads round in a circle.
const REMEMBERED: usize = 32;

/// Where a page begins.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    /// What stands in place of the input's values.
    next: Overrides,
    /// How many items came before.
    had: u64,
    /// How many pages came before.
    pages: u64,
    /// Digests of the last pages, and before them that of a page long ago, for circles that are longer.
    seen: Vec<u64>,
}

/// All items, up to as many as the manifest allows at once.
pub(crate) async fn gather(attempt: &Attempt<'_>, pages: &Pages) -> Result<Value, Failure> {
    let most = wanted(attempt, pages).unwrap_or(u64::from(pages.most));
    let mut all: Vec<Value> = Vec::new();
    let mut place = None;
    loop {
        let (mut items, next) = page(attempt, pages, place, most).await?;
        all.append(&mut items);
        place = next;
        if place.is_none() {
            return Ok(Value::Array(all));
        }
    }
}

/// One page. There is no end but the list's own, unless the author wants only so many.
pub(crate) async fn one(attempt: &Attempt<'_>, pages: &Pages, after: Option<Value>) -> Result<Page, Failure> {
    let foreign = |_| {
        let message = "The place in the list is not one of this connector's. Run the recipe anew.";
        Failure::new(FailureClass::Bug, message)
    };
    let place = after.map(serde_json::from_value).transpose().map_err(foreign)?;
    let most = wanted(attempt, pages).unwrap_or(u64::MAX);
    let (items, next) = page(attempt, pages, place, most).await?;
    let next = next.map(serde_json::to_value).transpose().map_err(foreign)?;
    Ok(Page { items, next })
}

/// How many items the author wants in all.
fn wanted(attempt: &Attempt<'_>, pages: &Pages) -> Option<u64> {
    attempt.call.input.get(&pages.size_field).and_then(number).map(|wanted| wanted.max(1))
}

/// The page that begins at `place`, and where the next one begins, as long as fewer than `most` items are there.
async fn page(
    attempt: &Attempt<'_>,
    pages: &Pages,
    place: Option<Place>,
    most: u64,
) -> Result<(Vec<Value>, Option<Place>), Failure> {
    let Place { next: mut overrides, had, pages: before, seen } =
        place.unwrap_or_else(|| Place { next: Overrides::new(), had: 0, pages: 0, seen: Vec::new() });
    let size = u64::from(pages.size).clamp(1, most.max(1));
    overrides.insert(pages.size_field.clone(), Value::from(size));
    let whole = attempt.answer(Some(&overrides)).await?;
    let next = tokens(pages, &whole, &attempt.operation.answer.unwrap);
    let Value::Array(mut items) = unwrapped(whole, &attempt.operation.answer.unwrap) else {
        return Ok((Vec::new(), None));
    };
    let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let (had, before) = (had.saturating_add(count), before.saturating_add(1));
    if had > most {
        let keep = count.saturating_sub(had - most);
        items.truncate(usize::try_from(keep).unwrap_or(usize::MAX));
    }
    let Some(mut next) = next.filter(|_| count >= size && had < most) else { return Ok((items, None)) };
    let counted = |path: &str| path == PAGE || path == OFFSET;
    // Where nothing but a count leads on, only the items tell that the app gives the same page for ever.
    let by_count = pages.next.values().all(|path| counted(path));
    let mark = if by_count { digest(&items) } else { digest(&next) };
    if seen.contains(&mark) {
        return Ok((if by_count { Vec::new() } else { items }, None));
    }
    for (name, path) in pages.next.iter().filter(|(_, path)| counted(path)) {
        // Counted from where the author begins.
        let begun = attempt.call.input.get(name).and_then(number);
        let count = if path == PAGE {
            begun.unwrap_or(1).saturating_add(before)
        } else {
            begun.unwrap_or(0).saturating_add(had)
        };
        next.insert(name.clone(), Value::from(count));
    }
    let seen = remember(seen, mark, before);
    Ok((items, Some(Place { next, had, pages: before, seen })))
}

/// The marks with one more. Of those that must make room, the first stays until twice as many pages have been read: so a
/// circle of any length is met in the end.
fn remember(mut seen: Vec<u64>, mark: u64, pages: u64) -> Vec<u64> {
    if seen.len() > REMEMBERED {
        seen.remove(1);
        if pages.is_power_of_two() {
            seen[0] = mark;
        }
    }
    seen.push(mark);
    seen
}

/// FNV-1a over the JSON of a value: the same in every process.
fn digest<T: Serialize>(value: &T) -> u64 {
    let text = serde_json::to_string(value).unwrap_or_default();
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The next page's tokens, counts left to the caller; none where one of them is missing.
fn tokens(pages: &Pages, whole: &Value, unwrap: &str) -> Option<Overrides> {
    let last = dotted(whole, unwrap).and_then(Value::as_array).and_then(|items| items.last());
    let tokens = pages.next.iter().map(|(name, path)| {
        let value = match path.as_str() {
            PAGE | OFFSET => Some(Value::Null),
            path => match path.strip_prefix("last.") {
                Some(path) => last.and_then(|last| dotted(last, path)),
                None => dotted(whole, path),
            }
            .filter(|value| !value.is_null() && value.as_str() != Some(""))
            .cloned(),
        };
        Some((name.clone(), value?))
    });
    tokens.collect()
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}
