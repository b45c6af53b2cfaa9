//! The recipes that are under way while the engine is killed. Every verb is in them, and every way in which a run can end.
//! What they write carries the event's mark, as `load` reads it. Their calls give up soon, for the CRM may never answer.

const JOURNEY: &str = r#"name: Journey
settings: { timeout: 2 seconds }
trigger:
  contacts.contact_created: { only_if: trigger.source == 'journey' }
steps:
  - contacts.get_contact: { contactId: $.trigger.id }
  - contacts.add_tags: { contactId: $.trigger.id, tags: [seen] }
  - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} first)" }
  - if: trigger.city == 'York'
    then:
      - contacts.create_task:
          contactId: $.trigger.id
          title: "({{ trigger.lastName }} then)"
          dueDate: in 2 days
          completed: false
    else:
      - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} else)" }
  - for_each: $.trigger.tags
    as: tag
    at_once: 2
    do:
      - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} loop {{ tag }})" }
  - parallel:
      left:
        - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} left)" }
      right:
        - contacts.create_task:
            contactId: $.trigger.id
            title: "({{ trigger.lastName }} right)"
            dueDate: in 3 days
            completed: false
  - wait: 3 seconds
  - contacts.get_contact: { contactId: contactWhoIsGone0001 }
    on_error:
      - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} handled)" }
  - contacts.update_contact: { contactId: $.trigger.id, city: "({{ trigger.lastName }} city)" }
  - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} last)" }
"#;

const IN_TURN: &str = r#"name: In turn
settings: { timeout: 2 seconds }
trigger:
  contacts.contact_updated: { only_if: trigger.source == 'in-turn' }
steps:
  - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} one)" }
  - contacts.update_contact: { contactId: $.trigger.id, source: "({{ trigger.lastName }} source)" }
  - contacts.create_task:
      contactId: $.trigger.id
      title: "({{ trigger.lastName }} two)"
      dueDate: tomorrow
      completed: false
  - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} three)" }
"#;

const NEWCOMER: &str = r#"name: Newcomer
settings: { timeout: 2 seconds }
trigger:
  contacts.contact_tags_changed: {}
steps:
  - contacts.create_contact:
      firstName: "({{ trigger.lastName }} newcomer)"
      email: "{{ trigger.lastName | lower }}@example.com"
  - contacts.send_message:
      contactId: $.trigger.id
      type: SMS
      message: "({{ trigger.lastName }} message)"
"#;

const ASKS: &str = r#"name: Asks
settings: { timeout: 2 seconds }
trigger:
  contacts.contact_created: { only_if: trigger.source == 'asks' }
steps:
  - contacts.send_message:
      contactId: $.trigger.id
      type: SMS
      message: "({{ trigger.lastName }} ask)"
  - if: trigger.city == 'York'
    then:
      - wait_for:
          event: contacts.inbound_message
          where: event.contactId == trigger.id and event.body is containing trigger.lastName
          up_to: 1 hour
        as: reply
      - contacts.create_note:
          contactId: $.trigger.id
          body: "({{ trigger.lastName }} heard {{ reply.status | default('nothing') }})"
    else:
      - wait_for:
          event: contacts.inbound_message
          where: event.contactId == trigger.id and event.body is containing trigger.lastName
          up_to: 4 seconds
        as: nothing
      - if: nothing is not defined
        then:
          - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} silent)" }
"#;

const APPROVES: &str = r#"name: Approves
settings: { timeout: 2 seconds }
trigger:
  contacts.contact_created: { only_if: trigger.source == 'approves' }
steps:
  - if: trigger.city == 'York'
    then:
      - approve: { ask: "({{ trigger.lastName }} may)", of: Mara, up_to: 1 hour }
        as: answer
      - contacts.create_note:
          contactId: $.trigger.id
          body: "({{ trigger.lastName }} decided {{ answer.approved }} by {{ answer.by | default('nobody') }})"
    else:
      - approve: { ask: May it?, up_to: 4 seconds }
        as: unanswered
      - if: unanswered.timed_out
        then:
          - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} nobody decided)" }
"#;

const CALLER: &str = r#"name: Caller
settings: { timeout: 2 seconds }
trigger:
  contacts.contact_created: { only_if: trigger.source == 'caller' }
mappings:
  note:
    from: contacts.contact_created
    to: contacts.create_note
    fields:
      contactId: $.id
      body: "({{ lastName }} mapped)"
steps:
  - map: { mapping: note, from: $.trigger }
    as: note
  - contacts.create_note: $.note
  - call: helper
    inputs: { contact: $.trigger.id, mark: $.trigger.lastName, city: $.trigger.city }
    on_error:
      - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} caught)" }
  - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} after)" }
"#;

const HELPER: &str = r#"name: Helper
settings: { timeout: 2 seconds }
inputs:
  contact: { type: text }
  mark: { type: text }
  city: { type: text }
trigger:
  manual: {}
steps:
  - contacts.create_note: { contactId: $.inputs.contact, body: "({{ inputs.mark }} inside)" }
  - wait: 3 seconds
  - fail: On purpose.
    if: inputs.city == 'York'
on_failure:
  - contacts.create_note: { contactId: $.inputs.contact, body: "({{ inputs.mark }} told)" }
"#;

const PAGES: &str = r#"name: Pages
settings: { timeout: 2 seconds }
trigger:
  contacts.contact_created: { only_if: trigger.source == 'pages' }
steps:
  - for_each:
      contacts.search_contacts: { query: Paged }
    as: person
    at_once: 2
    do:
      - contacts.create_note:
          contactId: $.trigger.id
          body: "({{ trigger.lastName }} page {{ person.id }})"
        if: person.city == 'York'
"#;

const ONCE: &str = r#"name: Once
settings: { timeout: 2 seconds }
trigger:
  contacts.contact_updated: { only_if: trigger.source == 'once', once_per: trigger.companyName }
steps:
  - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} once)" }
"#;

const CALLED_OFF: &str = r#"name: Called off
settings: { timeout: 2 seconds }
trigger:
  contacts.contact_created: { only_if: trigger.source == 'called-off' }
steps:
  - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} begun)" }
  - wait: 2 hours
  - contacts.create_note: { contactId: $.trigger.id, body: "({{ trigger.lastName }} never)" }
"#;

/// The recipes, by file name.
pub(crate) const RECIPES: [(&str, &str); 10] = [
    ("journey", JOURNEY),
    ("in-turn", IN_TURN),
    ("newcomer", NEWCOMER),
    ("asks", ASKS),
    ("approves", APPROVES),
    ("caller", CALLER),
    ("helper", HELPER),
    ("pages", PAGES),
    ("once", ONCE),
    ("called-off", CALLED_OFF),
];

/// Those that events start, one after the other. There are as many again of the first ones, and each contact comes to all.
pub(crate) const ORDER: [&str; 13] = [
    "journey",
    "in-turn",
    "newcomer",
    "asks",
    "approves",
    "called-off",
    "journey",
    "in-turn",
    "caller",
    "pages",
    "once",
    "newcomer",
    "called-off",
];
