//! The table of routes: method, path, operation, who may call it, and where the location is named.
//!
//! Operations carry the vendor's operation ids. A literal segment wins over a parameter (`/contacts/upsert` is not the
//! contact `upsert`), and a trailing slash makes no difference. Handlers live in the room named by the path.

use crate::{
    answer::Reply, calendars, contacts, conversations, directory, inspect, locations, oauth, opportunities,
    request::Request, search, sinks, world::World,
};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anyone: no token, no `Version`.
    Open,
    /// A location's token with this scope; an empty scope asks for any token.
    Location(&'static str),
    /// An agency's OAuth token with this scope.
    Agency(&'static str),
}

/// Where a request names the location that the token has to belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nowhere: the record decides.
    None,
    /// In this query parameter; its absence is answered 403.
    Query(&'static str),
    /// In the body's `locationId`; its absence is a matter of validation.
    Body,
    /// In the path's `locationId`.
    Path,
}

pub(crate) type Handler = fn(&mut World, &Request) -> Reply;

/// One operation.
#[derive(Debug)]
pub(crate) struct Route {
    /// `ANY` takes every method.
    pub(crate) method: &'static str,
    /// Parameters are written `{so}`; a final `*` takes the rest.
    pub(crate) path: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) access: Access,
    pub(crate) place: Place,
    pub(crate) handler: Handler,
}

impl Route {
    /// Whether its calls are recorded: all but those that look into the sandbox itself.
    pub(crate) fn is_recorded(&self) -> bool {
        !self.operation.starts_with("sandbox-")
    }
}

const fn route(
    method: &'static str,
    path: &'static str,
    operation: &'static str,
    access: Access,
    place: Place,
    handler: Handler,
) -> Route {
    Route { method, path, operation, access, place, handler }
}

const READ: Access = Access::Location("contacts.readonly");
const WRITE: Access = Access::Location("contacts.write");
const ANY: Access = Access::Location("");
const IN_QUERY: Place = Place::Query("locationId");

#[rustfmt::skip]
static ROUTES: &[Route] = &[
    // The 32 contact operations of version 2, and the spelling of one of them under version 3.
    route("POST", "/contacts/", "create-contact", WRITE, Place::Body, contacts::create),
    route("GET", "/contacts/", "get-contacts", READ, IN_QUERY, contacts::listing::list),
    route("POST", "/contacts/upsert", "upsert-contact", WRITE, Place::Body, contacts::upsert::upsert),
    route("POST", "/contacts/search", "search-contacts-advanced", READ, Place::Body, search::search),
    route("GET", "/contacts/search/duplicate", "get-duplicate-contact", READ, IN_QUERY, contacts::duplicates::look_up),
    route("GET", "/contacts/business/{businessId}", "get-contacts-by-businessId", READ, IN_QUERY, contacts::listing::of_business),
    route("POST", "/contacts/bulk/business", "add-remove-contact-from-business", ANY, Place::Body, contacts::bulk::business),
    route("POST", "/contacts/bulk/tags/update/{type}", "create-association", ANY, Place::Body, contacts::bulk::tags),
    route("GET", "/contacts/{contactId}", "get-contact", READ, Place::None, contacts::get),
    route("PUT", "/contacts/{contactId}", "update-contact", WRITE, Place::None, contacts::update),
    route("DELETE", "/contacts/{contactId}", "delete-contact", WRITE, Place::None, contacts::delete),
    route("GET", "/contacts/{contactId}/tasks", "get-all-tasks", READ, Place::None, contacts::tasks::list),
    route("POST", "/contacts/{contactId}/tasks", "create-task", WRITE, Place::None, contacts::tasks::create),
    route("GET", "/contacts/{contactId}/tasks/{taskId}", "get-task", READ, Place::None, contacts::tasks::get),
    route("PUT", "/contacts/{contactId}/tasks/{taskId}", "update-task", WRITE, Place::None, contacts::tasks::update),
    route("PUT", "/contacts/{contactId}/tasks/{taskId}/completed", "update-task-completed", WRITE, Place::None, contacts::tasks::complete),
    route("DELETE", "/contacts/{contactId}/tasks/{taskId}", "delete-task", WRITE, Place::None, contacts::tasks::delete),
    route("GET", "/contacts/{contactId}/notes", "get-all-notes", READ, Place::None, contacts::notes::list),
    route("POST", "/contacts/{contactId}/notes", "create-note", WRITE, Place::None, contacts::notes::create),
    route("GET", "/contacts/{contactId}/notes/{id}", "get-note", READ, Place::None, contacts::notes::get),
    route("PUT", "/contacts/{contactId}/notes/{id}", "update-note", WRITE, Place::None, contacts::notes::update),
    route("DELETE", "/contacts/{contactId}/notes/{id}", "delete-note", WRITE, Place::None, contacts::notes::delete),
    route("GET", "/contacts/{contactId}/appointments", "get-appointments-for-contact", READ, Place::None, calendars::of_contact),
    route("POST", "/contacts/{contactId}/tags", "add-tags", WRITE, Place::None, contacts::tags::add),
    route("DELETE", "/contacts/{contactId}/tags", "remove-tags", WRITE, Place::None, contacts::tags::remove),
    route("POST", "/contacts/{contactId}/followers", "add-followers-contact", WRITE, Place::None, contacts::followers::add),
    route("DELETE", "/contacts/{contactId}/followers", "remove-followers-contact", WRITE, Place::None, contacts::followers::remove),
    route("POST", "/contacts/{contactId}/campaigns/{campaignId}", "add-contact-to-campaign", WRITE, Place::None, contacts::enrolment::add_campaign),
    route("DELETE", "/contacts/{contactId}/campaigns/removeAll", "remove-contact-from-every-campaign", WRITE, Place::None, contacts::enrolment::leave_campaigns),
    route("DELETE", "/contacts/{contactId}/campaigns/remove-all", "remove-contact-from-every-campaign", WRITE, Place::None, contacts::enrolment::leave_campaigns_v3),
    route("DELETE", "/contacts/{contactId}/campaigns/{campaignId}", "remove-contact-from-campaign", WRITE, Place::None, contacts::enrolment::leave_campaign),
    route("POST", "/contacts/{contactId}/workflow/{workflowId}", "add-contact-to-workflow", WRITE, Place::None, contacts::enrolment::add_workflow),
    route("DELETE", "/contacts/{contactId}/workflow/{workflowId}", "delete-contact-from-workflow", WRITE, Place::None, contacts::enrolment::leave_workflow),
    // Tokens.
    route("GET", "/oauth/chooselocation", "choose-location", Access::Open, Place::None, oauth::choose_location),
    route("GET", "/v2/oauth/chooselocation", "choose-location", Access::Open, Place::None, oauth::choose_location),
    route("POST", "/oauth/token", "get-access-token", Access::Open, Place::None, oauth::token),
    route("POST", "/oauth/locationToken", "get-location-access-token", Access::Agency("oauth.write"), Place::None, oauth::location_token),
    route("POST", "/oauth/location-token", "get-location-access-token", Access::Agency("oauth.write"), Place::None, oauth::location_token_v3),
    route("GET", "/oauth/installedLocations", "get-installed-location", Access::Agency("oauth.readonly"), Place::None, oauth::installed_locations),
    route("GET", "/oauth/installed-locations", "get-installed-location", Access::Agency("oauth.readonly"), Place::None, oauth::installed_locations_v3),
    // The location and what it defines.
    route("GET", "/locations/{locationId}", "get-location", Access::Location("locations.readonly"), Place::Path, locations::get),
    route("GET", "/locations/{locationId}/tags", "get-location-tags", Access::Location("locations/tags.readonly"), Place::Path, locations::tags),
    route("POST", "/locations/{locationId}/tags", "create-tag", Access::Location("locations/tags.write"), Place::Path, locations::create_tag),
    route("GET", "/locations/{locationId}/tags/{tagId}", "get-tag-by-id", Access::Location("locations/tags.readonly"), Place::Path, locations::tag),
    route("PUT", "/locations/{locationId}/tags/{tagId}", "update-tag", Access::Location("locations/tags.write"), Place::Path, locations::update_tag),
    route("DELETE", "/locations/{locationId}/tags/{tagId}", "delete-tag", Access::Location("locations/tags.write"), Place::Path, locations::delete_tag),
    route("GET", "/locations/{locationId}/customFields", "get-custom-fields", Access::Location("locations/customFields.readonly"), Place::Path, locations::custom_fields),
    route("POST", "/locations/{locationId}/customFields", "create-custom-field", Access::Location("locations/customFields.write"), Place::Path, locations::create_custom_field),
    route("GET", "/locations/{locationId}/customFields/{id}", "get-custom-field", ANY, Place::Path, locations::custom_field),
    route("PUT", "/locations/{locationId}/customFields/{id}", "update-custom-field", Access::Location("locations/customFields.write"), Place::Path, locations::update_custom_field),
    route("DELETE", "/locations/{locationId}/customFields/{id}", "delete-custom-field", Access::Location("locations/customFields.write"), Place::Path, locations::delete_custom_field),
    route("POST", "/locations/{locationId}/tasks/search", "task-search", Access::Location("locations/tasks.readonly"), Place::Path, locations::search_tasks),
    route("GET", "/users/", "get-user-by-location", Access::Location("users.readonly"), IN_QUERY, directory::users),
    route("GET", "/users/{userId}", "get-user", Access::Location("users.readonly"), Place::None, directory::user),
    route("GET", "/workflows/", "get-workflow", Access::Location("workflows.readonly"), IN_QUERY, directory::workflows),
    route("GET", "/campaigns/", "get-campaigns", Access::Location("campaigns.readonly"), IN_QUERY, directory::campaigns),
    route("GET", "/businesses/", "get-businesses-by-location", Access::Location("businesses.readonly"), IN_QUERY, directory::businesses),
    // Calendars.
    route("GET", "/calendars/", "get-calendars", Access::Location("calendars.readonly"), IN_QUERY, directory::calendars),
    route("GET", "/calendars/events", "get-calendar-events", Access::Location("calendars/events.readonly"), IN_QUERY, calendars::events),
    route("POST", "/calendars/events/appointments", "create-appointment", Access::Location("calendars/events.write"), Place::Body, calendars::create),
    route("GET", "/calendars/events/appointments/{eventId}", "get-appointment", Access::Location("calendars/events.readonly"), Place::None, calendars::get),
    route("PUT", "/calendars/events/appointments/{eventId}", "edit-appointment", Access::Location("calendars/events.write"), Place::None, calendars::update),
    route("DELETE", "/calendars/events/{eventId}", "delete-event", Access::Location("calendars/events.write"), Place::None, calendars::delete),
    // Opportunities.
    route("GET", "/opportunities/pipelines", "get-pipelines", Access::Location("opportunities.readonly"), IN_QUERY, directory::pipelines),
    route("GET", "/opportunities/search", "search-opportunity", Access::Location("opportunities.readonly"), Place::Query("location_id"), opportunities::search),
    route("POST", "/opportunities/", "create-opportunity", Access::Location("opportunities.write"), Place::Body, opportunities::create),
    route("GET", "/opportunities/{id}", "get-opportunity", Access::Location("opportunities.readonly"), Place::None, opportunities::get),
    route("PUT", "/opportunities/{id}", "update-opportunity", Access::Location("opportunities.write"), Place::None, opportunities::update),
    route("PUT", "/opportunities/{id}/status", "update-opportunity-status", Access::Location("opportunities.write"), Place::None, opportunities::update_status),
    route("DELETE", "/opportunities/{id}", "delete-opportunity", Access::Location("opportunities.write"), Place::None, opportunities::delete),
    // Messages.
    route("POST", "/conversations/messages", "send-a-new-message", Access::Location("conversations/message.write"), Place::None, conversations::send),
    route("GET", "/conversations/search", "search-conversation", Access::Location("conversations.readonly"), IN_QUERY, conversations::search),
    route("GET", "/conversations/{conversationId}/messages", "get-messages", Access::Location("conversations/message.readonly"), Place::None, conversations::messages),
    // Stand-ins for other services, and the sandbox's own windows.
    route("POST", "/__sandbox/slack/*", "slack-webhook", Access::Open, Place::None, sinks::slack_webhook),
    route("POST", "/__sandbox/slack-api/*", "slack-api", Access::Open, Place::None, sinks::slack_api),
    route("ANY", "/__sandbox/http/*", "http-echo", Access::Open, Place::None, sinks::echo),
    route("GET", "/__sandbox", "sandbox-about", Access::Open, Place::None, inspect::about),
    route("GET", "/__sandbox/state", "sandbox-state", Access::Open, Place::None, inspect::state),
    route("POST", "/__sandbox/reset", "sandbox-reset", Access::Open, Place::None, inspect::reset),
    route("POST", "/__sandbox/faults", "sandbox-faults", Access::Open, Place::None, inspect::add_fault),
    route("GET", "/__sandbox/sample/{eventType}", "sandbox-sample", Access::Open, Place::None, inspect::sample),
];

/// A request's route with its parameters, percent-decoded.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) route: &'static Route,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) params: Vec<(&'static str, String)>,
}

/// Every operation's name.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|route| route.operation)
}

/// The route of a request, the most literal one first.
pub(crate) fn find<'a>(method: &'a str, path: &'a str) -> Option<Found<'a>> {
    let actual: Vec<&str> = path.trim_matches('/').split('/').collect();
    ROUTES
        .iter()
        .filter(|route| route.method == method || route.method == "ANY")
        .filter_map(|route| fit(route, &actual).map(|(literal, params)| (literal, route, params)))
        .max_by(|a, b| a.0.cmp(&b.0))
        .map(|(_, route, params)| Found { route, method, path, params })
}

type Fit = (Vec<bool>, Vec<(&'static str, String)>);

/// The parameters where the path fits the route, and which segments are literal (for the ranking).
fn fit(route: &'static Route, actual: &[&str]) -> Option<Fit> {
    let (mut literal, mut params) = (Vec::new(), Vec::new());
    let mut segments = actual.iter();
    for wanted in route.path.trim_matches('/').split('/') {
        if wanted == "*" {
            return Some((literal, params));
        }
        let segment = segments.next()?;
        let name = wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match name {
            Some(name) if !segment.is_empty() => params.push((name, decode(segment))),
            None if wanted == *segment => {}
            _ => return None,
        }
        literal.push(name.is_none());
    }
    segments.next().is_none().then_some((literal, params))
}

fn decode(segment: &str) -> String {
    // A `+` is itself in a path; form decoding would make it a space.
    let escaped = segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(escaped.as_bytes())
        .next()
        .map_or_else(String::new, |(key, _)| key.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(method: &str, path: &str) -> Option<&'static str> {
        find(method, path).map(|found| found.route.operation)
    }

    #[test]
    fn literal_segments_win_and_trailing_slashes_do_not_matter() {
        assert_eq!(operation("POST", "/contacts/upsert"), Some("upsert-contact"));
        assert_eq!(operation("POST", "/contacts/upsert/"), Some("upsert-contact"));
        assert_eq!(operation("GET", "/contacts"), Some("get-contacts"));
        assert_eq!(operation("GET", "/contacts/search/duplicate"), Some("get-duplicate-contact"));
        assert_eq!(
            operation("DELETE", "/contacts/c/campaigns/removeAll"),
            Some("remove-contact-from-every-campaign")
        );
        assert_eq!(operation("DELETE", "/contacts/c/campaigns/x"), Some("remove-contact-from-campaign"));
        assert_eq!(operation("GET", "/opportunities/pipelines"), Some("get-pipelines"));
        assert_eq!(operation("PATCH", "/contacts/c"), None);
        assert_eq!(operation("GET", "/contacts/c/nothing"), None);
    }

    #[test]
    fn parameters_are_decoded() {
        let found = find("GET", "/locations/L1/customFields/contact%2Elead+score").unwrap();
        assert_eq!(found.params, [("locationId", "L1".to_owned()), ("id", "contact.lead+score".to_owned())]);
    }

    #[test]
    fn the_vendors_32_contact_operations_are_there() {
        let contacts = ROUTES.iter().filter(|route| route.path.starts_with("/contacts"));
        assert_eq!(contacts.count(), 33, "32 and the spelling of version 3");
    }
}
