//! Signs and phrases of other languages, and what is written here instead. Data only.

/// Signs of other languages and what is written instead; longer ones first.
pub(super) const SIGNS: &[(&str, &str, &str)] = &[
    ("===", "==", "Equal is written `==`."),
    ("!==", "!=", "Unequal is written `!=`."),
    ("<>", "!=", "Unequal is written `!=`."),
    ("=>", ">=", "At least is written `>=`."),
    ("=<", "<=", "At most is written `<=`."),
    ("&&", "and", "Write `and` between conditions."),
    ("||", "or", "Write `or` between conditions."),
    ("&", "and", "Write `and` between conditions."),
    ("?.", ".", "A field that may be missing is written with a plain dot, then `| default(…)`."),
    ("“", "'", "Use plain quotes, not curly ones."),
    ("”", "'", "Use plain quotes, not curly ones."),
    ("‘", "'", "Use plain quotes, not curly ones."),
    ("’", "'", "Use plain quotes, not curly ones."),
    ("≥", ">=", "At least is written `>=`."),
    ("≤", "<=", "At most is written `<=`."),
    ("≠", "!=", "Unequal is written `!=`."),
];

/// Variables of n8n, what is written instead where it can be known, and why.
pub(super) const NODE_VARIABLES: &[(&str, &str, &str)] = &[
    ("$json", "trigger", "The event's data is `trigger`; a step's result has the name that its `as:` gives."),
    ("$node", "", "A step's result has the name that its `as:` gives, such as `contact.email`."),
    ("$vars", "inputs", "What an author may set stands under `inputs:` and is read as `inputs.owner`."),
    (
        "$now",
        "now",
        "This moment is `now`; two days later is `now | plus('2 days')`, and a field for a moment takes `in 2 days`.",
    ),
    ("$today", "now", "This moment is `now`; `now | date('%d %B')` is the day."),
];

/// Phrases people write and what is written instead; longer ones first.
pub(super) const PHRASES: &[(&str, &str)] = &[
    ("is greater than or equal to", ">="),
    ("is less than or equal to", "<="),
    ("is not equal to", "!="),
    ("is greater than", ">"),
    ("is bigger than", ">"),
    ("is more than", ">"),
    ("is less than", "<"),
    ("is smaller than", "<"),
    ("is at least", ">="),
    ("is at most", "<="),
    ("is equal to", "=="),
    ("is equals to", "=="),
    ("does not contain", "is not containing"),
    ("does not have", "is not containing"),
    ("does not include", "is not containing"),
    ("not contains", "is not containing"),
    ("not has", "is not containing"),
    ("does not match", "is not matching"),
    ("does not exist", "is not defined"),
    ("is older than", "is before"),
    ("at least", ">="),
    ("at most", "<="),
    ("greater than", ">"),
    ("more than", ">"),
    ("less than", "<"),
    ("does not start with", "is not startingwith"),
    ("does not end with", "is not endingwith"),
    ("begins with", "is startingwith"),
    ("starts with", "is startingwith"),
    ("ends with", "is endingwith"),
    ("startswith", "is startingwith"),
    ("endswith", "is endingwith"),
    ("contains", "is containing"),
    ("contain", "is containing"),
    ("includes", "is containing"),
    ("has", "is containing"),
    ("matches", "is matching"),
    ("like", "is matching"),
    ("equals", "=="),
    ("equal", "=="),
    ("exists", "is defined"),
    ("xor", "!="),
];

/// Words that the language has in small letters only.
pub(super) const SMALL_WORDS: &[&str] = &["and", "or", "not", "is", "in", "if", "else"];
