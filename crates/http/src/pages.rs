//! Follows a list through its pages: until a page is short, nothing leads on, a cursor comes again, or enough items are
//! there. Every page is a call of its own under the same deadline and budgets.

use bellhop_connector::{Failure, Pages, dotted};
use serde_json::Value;

use crate::{answer::unwrapped, connector::Attempt, request::Overrides};

/// Stands for the next page's number.
const PAGE: &str = "{page}";
/// Stands for how many items to skip.
const OFFSET: &str = "{offset}";

/// All items, up to `most`. Where the input says how many a page, that is how many the author wants at all.
pub(crate) async fn gather(attempt: &Attempt<'_>, pages: &Pages) -> Result<Value, Failure> {
    let asked = attempt.call.input.get(&pages.size_field).and_then(number);
    let most = asked.unwrap_or(u64::from(pages.most)).clamp(1, u64::MAX);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let size = usize::try_from(pages.size).unwrap_or(usize::MAX).clamp(1, most);
    let mut overrides = Overrides::new();
    overrides.insert(pages.size_field.clone(), Value::from(size));
    let mut items: Vec<Value> = Vec::new();
    let mut seen: Vec<Overrides> = Vec::new();
    for page in 1_u64.. {
        let whole = attempt.answer(Some(&overrides)).await?;
        let next = next(pages, &whole, &attempt.operation.answer.unwrap);
        let Value::Array(more) = unwrapped(whole, &attempt.operation.answer.unwrap) else {
            break;
        };
        let short = more.len() < size;
        items.extend(more);
        let Some(mut next) = next.filter(|_| !short && items.len() < most) else { break };
        for (name, path) in &pages.next {
            // Counted from where the author begins.
            let begun = attempt.call.input.get(name).and_then(number);
            let count = match path.as_str() {
                PAGE => begun.unwrap_or(1).saturating_add(page),
                OFFSET => {
                    let had = u64::try_from(items.len()).unwrap_or(u64::MAX);
                    begun.unwrap_or(0).saturating_add(had)
                }
                _ => continue,
            };
            next.insert(name.clone(), Value::from(count));
        }
        // A cursor that was there before leads round in a circle for ever.
        if seen.contains(&next) {
            break;
        }
        seen.push(next.clone());
        overrides = next;
        overrides.insert(pages.size_field.clone(), Value::from(size));
    }
    items.truncate(most);
    Ok(Value::Array(items))
}

/// The next page's tokens, counts left to the caller; none where one of them is missing.
fn next(pages: &Pages, whole: &Value, unwrap: &str) -> Option<Overrides> {
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
