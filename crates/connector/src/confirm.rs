//! How a manifest says that it can be looked up whether a call happened. What a look proves is `bellhop_http`'s to judge.

use indexmap::IndexMap;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::manifest::length;

/// The list that leads to a look-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Through {
    /// The reading operation.
    pub operation: String,
    /// Its input, with templates over the call's input.
    #[serde(default)]
    pub input: IndexMap<String, Value>,
    /// Only items of which these fields equal these (templates over the call's input) lead on.
    #[serde(default, rename = "match")]
    pub matching: IndexMap<String, Value>,
}

/// The look-up that tells whether a `once` operation happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// A list that must be read first: the look-up is done once for each of its items.
    #[serde(default)]
    pub through: Option<Through>,
    /// The reading operation.
    pub operation: String,
    /// Its input, with templates over the call's input; `{found.id}` is of an item of `through`, and in `if_older` of the older
    /// one that was found before.
    #[serde(default)]
    pub input: IndexMap<String, Value>,
    /// Fields that the call must have given for the look-up to prove anything; without one of them a person is asked.
    #[serde(default)]
    pub needs: Vec<String>,
    /// How long the app may take to show what was made, such as `10s`: where nothing is found it is looked for again after it.
    #[serde(default)]
    pub settles: Option<String>,
    /// Fields of a found item that must equal these (templates over the call's input); absent ones are not compared.
    #[serde(default, rename = "match")]
    pub matching: IndexMap<String, Value>,
    /// Dotted path in a found item of the time it was made; one made before the call (with two minutes' grace for clocks) is not ours.
    #[serde(default)]
    pub made_at: Option<String>,
    /// A look-up that is made where this one finds only what is older than the call, because that may hide what the call made.
    #[serde(default)]
    pub if_older: Option<Box<Confirm>>,
}

impl Confirm {
    /// [`Confirm::settles`], where it is a length of time.
    pub fn settles(&self) -> Option<SignedDuration> {
        length(self.settles.as_deref()?)
    }
}
