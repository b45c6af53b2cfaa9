//! Words that people bring from other tools, and what they are called here. Data only.

/// Keys at the top of a recipe.
pub(super) const TOP: [(&str, &str); 41] = [
    ("on", "trigger"),
    ("when", "trigger"),
    ("triggers", "trigger"),
    ("event", "trigger"),
    ("events", "trigger"),
    ("start", "trigger"),
    ("schedule", "trigger"),
    ("webhook", "trigger"),
    ("actions", "steps"),
    ("action", "steps"),
    ("do", "steps"),
    ("then", "steps"),
    ("jobs", "steps"),
    ("tasks", "steps"),
    ("workflow", "steps"),
    ("sequence", "steps"),
    ("nodes", "steps"),
    ("title", "name"),
    ("alias", "name"),
    ("params", "inputs"),
    ("variables", "inputs"),
    ("vars", "inputs"),
    ("env", "inputs"),
    ("active", "enabled"),
    ("summary", "description"),
    ("on_error", "on_failure"),
    ("onError", "on_failure"),
    ("on-error", "on_failure"),
    ("onFailure", "on_failure"),
    ("on-failure", "on_failure"),
    ("catch", "on_failure"),
    ("rescue", "on_failure"),
    ("error_handler", "on_failure"),
    ("if_it_fails", "on_failure"),
    ("options", "settings"),
    ("config", "settings"),
    ("configuration", "settings"),
    ("defaults", "settings"),
    ("modules", "steps"),
    ("blocks", "steps"),
    ("flow", "steps"),
];

/// Keys of a trigger's options.
pub(super) const TRIGGER_OPTIONS: [(&str, &str); 20] = [
    ("if", "only_if"),
    ("when", "only_if"),
    ("where", "only_if"),
    ("filter", "only_if"),
    ("condition", "only_if"),
    ("conditions", "only_if"),
    ("account", "connection"),
    ("in_order", "in_order_per"),
    ("url", "path"),
    ("endpoint", "path"),
    ("id", "path"),
    ("once", "once_per"),
    ("unique", "once_per"),
    ("dedupe", "once_per"),
    ("deduplicate_by", "once_per"),
    ("for", "within"),
    ("secret", "verify"),
    ("auth", "verify"),
    ("signature", "verify"),
    ("interval", "every"),
];

/// Keys of a step: verbs and modifiers.
pub(super) const STEP: [(&str, &str); 108] = [
    ("set_variable", "set"),
    ("set_variables", "set"),
    ("set_value", "set"),
    ("define", "set"),
    ("variable", "set"),
    ("finish", "stop"),
    ("foreach", "for_each"),
    ("forEach", "for_each"),
    ("for", "for_each"),
    ("loop", "for_each"),
    ("repeat", "for_each"),
    ("each", "for_each"),
    ("with_items", "for_each"),
    ("delay", "wait"),
    ("sleep", "wait"),
    ("pause", "wait"),
    ("switch", "choose"),
    ("case", "choose"),
    ("cases", "choose"),
    ("exit", "stop"),
    ("end", "stop"),
    ("return", "stop"),
    ("abort", "fail"),
    ("throw", "fail"),
    ("raise", "fail"),
    ("vars", "set"),
    ("variables", "set"),
    ("let", "set"),
    ("assign", "set"),
    ("default", "otherwise"),
    ("id", "as"),
    ("name", "as"),
    ("register", "as"),
    ("response_variable", "as"),
    ("output", "as"),
    ("result", "as"),
    ("condition", "if"),
    ("conditions", "if"),
    ("only_if", "if"),
    ("when", "if"),
    ("retries", "retry"),
    ("attempts", "retry"),
    ("on-error", "on_error"),
    ("on_failure", "on_error"),
    ("catch", "on_error"),
    ("continue_on_error", "on_error"),
    ("continue-on-error", "on_error"),
    ("account", "connection"),
    ("credentials", "connection"),
    ("note", "about"),
    ("comment", "about"),
    ("waitFor", "wait_for"),
    ("wait-for", "wait_for"),
    ("waitfor", "wait_for"),
    ("wait_for_trigger", "wait_for"),
    ("wait_for_event", "wait_for"),
    ("wait_event", "wait_for"),
    ("wait_until_event", "wait_for"),
    ("await", "wait_for"),
    ("listen", "wait_for"),
    ("sub_workflow", "call"),
    ("subworkflow", "call"),
    ("sub_recipe", "call"),
    ("subrecipe", "call"),
    ("subflow", "call"),
    ("sub_flow", "call"),
    ("execute_workflow", "call"),
    ("run_workflow", "call"),
    ("call_workflow", "call"),
    ("call_recipe", "call"),
    ("run_recipe", "call"),
    ("workflow", "call"),
    ("recipe", "call"),
    ("invoke", "call"),
    ("approval", "approve"),
    ("manual_approval", "approve"),
    ("wait_for_approval", "approve"),
    ("human_approval", "approve"),
    ("confirm", "approve"),
    ("ask", "approve"),
    ("review", "approve"),
    ("depends_on", "after"),
    ("dependsOn", "after"),
    ("depends", "after"),
    ("needs", "after"),
    ("requires", "after"),
    ("run_after", "after"),
    ("runAfter", "after"),
    ("runs_after", "after"),
    ("iterator", "for_each"),
    ("iterate", "for_each"),
    ("delay_for", "wait"),
    ("delayFor", "wait"),
    ("router", "choose"),
    ("paths", "choose"),
    ("outputs", "as"),
    ("save_as", "as"),
    ("saveAs", "as"),
    ("store_as", "as"),
    ("description", "about"),
    ("label", "about"),
    ("notes", "about"),
    ("continueOnFail", "on_error"),
    ("onError", "on_error"),
    ("error_handler", "on_error"),
    ("on_fail", "on_error"),
    ("retryOnFail", "retry"),
    ("retry_on_fail", "retry"),
];

/// Keys that hold the name of an operation in other tools.
pub(super) const OPERATION_KEYS: [&str; 8] =
    ["uses", "action", "type", "operation", "service", "task", "app", "module"];

/// Keys that hold an operation's fields in other tools.
pub(super) const FIELDS_KEYS: [&str; 8] =
    ["with", "config", "params", "parameters", "args", "fields", "data", "input"];

/// Keys of a loop.
pub(super) const LOOP: [(&str, &str); 14] = [
    ("in", "as"),
    ("variable", "as"),
    ("item_name", "as"),
    ("loop_var", "as"),
    ("parallel", "at_once"),
    ("max_parallel", "at_once"),
    ("parallelism", "at_once"),
    ("batch_size", "at_once"),
    ("steps", "do"),
    ("actions", "do"),
    ("item", "as"),
    ("var", "as"),
    ("concurrency", "at_once"),
    ("batch", "at_once"),
];

/// Keys of a case.
pub(super) const CASE: [(&str, &str); 7] = [
    ("if", "when"),
    ("case", "when"),
    ("condition", "when"),
    ("conditions", "when"),
    ("then", "do"),
    ("steps", "do"),
    ("sequence", "do"),
];

/// Keys of an input.
pub(super) const INPUT: [(&str, &str); 10] = [
    ("selector", "type"),
    ("kind", "type"),
    ("format", "type"),
    ("options", "choices"),
    ("values", "choices"),
    ("enum", "choices"),
    ("multiple", "many"),
    ("help", "description"),
    ("label", "description"),
    ("hint", "description"),
];

/// Keys of `retry`.
pub(super) const RETRY: [(&str, &str); 14] = [
    ("max_attempts", "times"),
    ("max_tries", "times"),
    ("max_retries", "times"),
    ("tries", "times"),
    ("limit", "times"),
    ("duration", "over"),
    ("up_to", "over"),
    ("max_time", "over"),
    ("count", "times"),
    ("max", "times"),
    ("attempts", "times"),
    ("retries", "times"),
    ("for", "over"),
    ("within", "over"),
];

/// Keys of `settings`.
pub(super) const SETTINGS: [(&str, &str); 8] = [
    ("timezone", "time_zone"),
    ("timeZone", "time_zone"),
    ("time-zone", "time_zone"),
    ("zone", "time_zone"),
    ("tz", "time_zone"),
    ("retries", "retry"),
    ("attempts", "retry"),
    ("time_out", "timeout"),
];

/// Keys of `wait_for`.
pub(super) const WAIT_FOR: [(&str, &str); 20] = [
    ("trigger", "event"),
    ("name", "event"),
    ("type", "event"),
    ("on", "event"),
    ("if", "where"),
    ("when", "where"),
    ("only_if", "where"),
    ("condition", "where"),
    ("conditions", "where"),
    ("filter", "where"),
    ("match", "where"),
    ("matching", "where"),
    ("timeout", "up_to"),
    ("for", "up_to"),
    ("within", "up_to"),
    ("max", "up_to"),
    ("at_most", "up_to"),
    ("deadline", "up_to"),
    ("account", "connection"),
    ("from", "connection"),
];

/// Keys of `approve`.
pub(super) const APPROVE: [(&str, &str); 21] = [
    ("question", "ask"),
    ("message", "ask"),
    ("text", "ask"),
    ("prompt", "ask"),
    ("title", "ask"),
    ("subject", "ask"),
    ("description", "ask"),
    ("who", "of"),
    ("by", "of"),
    ("to", "of"),
    ("from", "of"),
    ("approver", "of"),
    ("approvers", "of"),
    ("assignee", "of"),
    ("user", "of"),
    ("timeout", "up_to"),
    ("for", "up_to"),
    ("within", "up_to"),
    ("deadline", "up_to"),
    ("expires", "up_to"),
    ("expires_in", "up_to"),
];

/// Loops of other tools that no verb here stands for, and what does the same.
const NO_SUCH_STEP: [(&str, &str); 6] = [
    ("while", BY_CONDITION),
    ("until", BY_CONDITION),
    ("repeat_until", BY_CONDITION),
    ("do_while", BY_CONDITION),
    ("wait_until", "Write `wait: { until: … }` for a moment, and `wait_for:` for an event."),
    (
        "goto",
        "Steps happen in the order written. What is done in several places goes into a recipe of its own, and is called by `call`.",
    ),
];
const BY_CONDITION: &str = "To wait until something happens, write `wait_for:` with an event; to go over many things, `for_each:`; to look again later, a recipe with a `schedule`.";

/// Keys at the top of other tools' files that nothing here stands for, and what does the same.
const NO_SUCH_TOP: [(&str, &str); 11] = [
    ("conditions", TOP_CONDITION),
    ("condition", TOP_CONDITION),
    ("if", TOP_CONDITION),
    ("filter", TOP_CONDITION),
    ("filters", TOP_CONDITION),
    ("only_if", TOP_CONDITION),
    ("concurrency", TOP_ORDER),
    ("mode", TOP_ORDER),
    ("max_exceeded", TOP_ORDER),
    ("queue", TOP_ORDER),
    ("version", "Leave this line out: a recipe's version is worked out from its text."),
];
const TOP_CONDITION: &str = "Write `only_if:` under the event in `trigger:`, or `if:` beside a step.";
const TOP_ORDER: &str = "Every event starts a run of its own; `in_order_per:` under the event in `trigger:` says which runs wait for one another.";

/// What does here what a key at the top of another tool's file does that has no key here.
pub(super) fn instead_of_top(word: &str) -> Option<&'static str> {
    NO_SUCH_TOP.iter().find(|(habit, _)| *habit == word).map(|(_, instead)| *instead)
}

/// Other tools' words for what starts something.
const TRIGGERS: [(&str, &str); 14] = [
    ("workflow_dispatch", "manual"),
    ("manually", "manual"),
    ("by_hand", "manual"),
    ("on_demand", "manual"),
    ("button", "manual"),
    ("time", "schedule"),
    ("timer", "schedule"),
    ("time_pattern", "schedule"),
    ("scheduled", "schedule"),
    ("interval", "schedule"),
    ("http", "webhook"),
    ("hook", "webhook"),
    ("catch_hook", "webhook"),
    ("form", "webhook"),
];

/// The kind of trigger that is called otherwise elsewhere.
pub(super) fn trigger(word: &str) -> Option<&'static str> {
    TRIGGERS.iter().find(|(habit, _)| *habit == word).map(|(_, own)| *own)
}

/// What does here what a step of another tool does that has no verb here.
pub(super) fn instead(word: &str) -> Option<&'static str> {
    NO_SUCH_STEP.iter().find(|(habit, _)| *habit == word).map(|(_, instead)| *instead)
}

/// Types of inputs.
pub(super) const INPUT_TYPES: [(&str, &str); 17] = [
    ("string", "text"),
    ("str", "text"),
    ("textarea", "text"),
    ("int", "number"),
    ("integer", "number"),
    ("float", "number"),
    ("decimal", "number"),
    ("bool", "yes_no"),
    ("boolean", "yes_no"),
    ("checkbox", "yes_no"),
    ("yes/no", "yes_no"),
    ("select", "choice"),
    ("enum", "choice"),
    ("dropdown", "choice"),
    ("datetime", "date"),
    ("time", "duration"),
    ("owner", "user"),
];

/// What a habit is called here.
pub(super) fn meant<'h>(habits: &[(&'h str, &'h str)], word: &str) -> Option<&'h str> {
    let exact = habits.iter().find(|(habit, _)| *habit == word);
    // `maxAttempts` and `max-attempts` are `max_attempts`.
    let alike = || {
        let word = super::reworded::snake(word);
        habits.iter().find(|(habit, _)| *habit == word)
    };
    exact.or_else(alike).map(|(_, own)| *own)
}
