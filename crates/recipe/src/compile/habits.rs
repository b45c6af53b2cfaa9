//! Words that people bring from other tools, and what they are called here. Data only.

/// Keys at the top of a recipe.
pub(super) const TOP: [(&str, &str); 25] = [
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
];

/// Keys of a trigger's options.
pub(super) const TRIGGER_OPTIONS: [(&str, &str); 11] = [
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
];

/// Keys of a step: verbs and modifiers.
pub(super) const STEP: [(&str, &str); 45] = [
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
];

/// Keys that hold the name of an operation in other tools.
pub(super) const OPERATION_KEYS: [&str; 8] =
    ["uses", "action", "type", "operation", "service", "task", "app", "module"];

/// Keys that hold an operation's fields in other tools.
pub(super) const FIELDS_KEYS: [&str; 8] =
    ["with", "config", "params", "parameters", "args", "fields", "data", "input"];

/// Keys of a loop.
pub(super) const LOOP: [(&str, &str); 6] = [
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
pub(super) const INPUT: [(&str, &str); 6] = [
    ("options", "choices"),
    ("values", "choices"),
    ("enum", "choices"),
    ("multiple", "many"),
    ("help", "description"),
    ("label", "description"),
];

/// Keys of `retry`.
pub(super) const RETRY: [(&str, &str); 6] = [
    ("count", "times"),
    ("max", "times"),
    ("attempts", "times"),
    ("retries", "times"),
    ("for", "over"),
    ("within", "over"),
];

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
    habits.iter().find(|(habit, _)| *habit == word).map(|(_, own)| *own)
}
