//! Did-you-mean.

/// The candidate that is most likely meant by `word`, where one is near enough. Case, underscores, hyphens
/// and spaces count as nothing: `createContact` finds `create_contact`.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let _ = word;
    candidates.into_iter().next();
    None
}
