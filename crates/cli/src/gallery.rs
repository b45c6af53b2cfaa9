//! The shipped recipes, inside the binary, for where there is no workspace at hand.

use bellhop_recipe::{Library, head};
use bellhop_source::Source;

/// The shipped recipes: id and text.
pub(crate) const RECIPES: [(&str, &str); 11] = [
    ("ask-a-lead", include_str!("../../../recipes/ask-a-lead.yaml")),
    ("close-overdue-tasks", include_str!("../../../recipes/close-overdue-tasks.yaml")),
    ("delete-on-request", include_str!("../../../recipes/delete-on-request.yaml")),
    ("follow-up-new-lead", include_str!("../../../recipes/follow-up-new-lead.yaml")),
    ("log-appointment-as-note", include_str!("../../../recipes/log-appointment-as-note.yaml")),
    ("onboard-new-client", include_str!("../../../recipes/onboard-new-client.yaml")),
    ("retire-old-leads", include_str!("../../../recipes/retire-old-leads.yaml")),
    ("route-new-leads", include_str!("../../../recipes/route-new-leads.yaml")),
    ("tag-by-engagement", include_str!("../../../recipes/tag-by-engagement.yaml")),
    ("tag-by-lifecycle-stage", include_str!("../../../recipes/tag-by-lifecycle-stage.yaml")),
    ("tell-the-team", include_str!("../../../recipes/tell-the-team.yaml")),
];

/// What the shipped recipes know of one another.
pub(crate) fn library() -> Library {
    let heads = RECIPES.map(|(id, text)| (id.to_owned(), head(&Source::new(id, text))));
    Library { recipes: heads.into(), ..Library::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_of_the_gallery_is_shipped() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
        let mut found: Vec<String> = crate::recipes::find(&folder)
            .expect("the gallery is there")
            .iter()
            .map(|path| crate::recipes::id_of(path))
            .collect();
        found.sort();
        let shipped: Vec<_> = RECIPES.iter().map(|(id, _)| (*id).to_owned()).collect();
        assert_eq!(found, shipped);
    }
}
