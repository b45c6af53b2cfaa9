//! Values for a template's inputs: given on the command line, asked for at a terminal, or the template's own. What is chosen
//! from the account is looked up by name and kept by id; everything is checked by its type as a run's inputs are.

use bellhop_recipe::{Input, InputKind, Plan, input_value, inputs};
use serde_json::{Map, Value};

use super::account::{Account, Item, Listing, names, plural, resolve};
use super::ask::Ask;
use crate::trouble::Trouble;

/// A longer list than this is no list to walk through: the name is typed.
const WALKED: usize = 40;

/// What inputs there will be.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    /// By name, for every input.
    pub(crate) values: Map<String, Value>,
    /// What a person should know about them, as sentences.
    pub(crate) notes: Vec<String>,
}

/// What is known before anybody is asked.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// `--set NAME=VALUE`, as given.
    pub(crate) set: Vec<(String, String)>,
    /// Values that stay as they are: neither asked for nor looked up.
    pub(crate) kept: Map<String, Value>,
    /// Whether inputs without a default may stay without: the recipe is called by another, which gives them.
    pub(crate) open: bool,
}

/// `NAME=VALUE` in its parts.
pub(crate) fn pairs(given: &[String]) -> Result<Vec<(String, String)>, Trouble> {
    given
        .iter()
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok((name.trim().to_owned(), value.trim().to_owned()))
            }
            _ => Err(Trouble::new(format!(
                "`--set {pair}` gives no input a value. Write it like `--set hot_score=70`."
            ))),
        })
        .collect()
}

impl Known {
    /// Nothing is known, and what has no default stays so.
    pub(crate) fn open() -> Self {
        Self { open: true, ..Self::default() }
    }
}

/// Fills in every input of a template, asking where there is somebody to ask.
///
/// # Errors
/// All that is unknown, missing or does not fit, one sentence a line.
pub(crate) async fn fill(
    plan: &Plan,
    known: Known,
    account: &mut Account<'_>,
    mut person: Option<&mut (dyn Ask + '_)>,
) -> Result<Filled, Trouble> {
    let mut filler = Filler {
        account,
        given: known.kept,
        open: known.open,
        notes: Vec::new(),
        problems: Vec::new(),
        failed: Vec::new(),
    };
    for (name, value) in &known.set {
        match plan.inputs.iter().find(|input| input.name == *name) {
            Some(input) => filler.set(input, value).await,
            None => {
                filler.given.insert(name.clone(), Value::from(value.as_str()));
            }
        }
    }
    if person.is_some() {
        // What is wrong already is told before anybody answers questions.
        filler.refuse(plan, true)?;
    }
    for input in plan.inputs.iter().filter(|input| !known.set.iter().any(|(name, _)| *name == input.name)) {
        if filler.given.contains_key(&input.name) || (filler.open && input.default.is_none()) {
            continue;
        }
        match person.as_deref_mut() {
            Some(person) => {
                let value = filler.ask(input, person).await?;
                filler.given.insert(input.name.clone(), value);
            }
            None => filler.look_at_the_default(input).await,
        }
    }
    let values = filler.refuse(plan, false)?;
    Ok(Filled { values, notes: filler.notes })
}

struct Filler<'a, 'b> {
    account: &'a mut Account<'b>,
    given: Map<String, Value>,
    /// See [`Known::open`].
    open: bool,
    notes: Vec<String>,
    problems: Vec<String>,
    /// Inputs that have a problem told already.
    failed: Vec<String>,
}

impl Filler<'_, '_> {
    /// The values so far, with the template's own for the rest; or everything that is wrong. `early`: some are still to come.
    fn refuse(&mut self, plan: &Plan, early: bool) -> Result<Map<String, Value>, Trouble> {
        let mut plan = plan.clone();
        let open: Vec<String> = plan
            .inputs
            .iter()
            .filter(|input| self.open && input.default.is_none() && !self.given.contains_key(&input.name))
            .map(|input| input.name.clone())
            .collect();
        for input in &mut plan.inputs {
            if early || self.failed.contains(&input.name) || open.contains(&input.name) {
                input.default = input.default.take().or(Some(Value::Null));
            }
        }
        let found = inputs(&plan, &self.given);
        let mut problems = std::mem::take(&mut self.problems);
        let values = match found {
            Ok(Value::Object(mut values)) => {
                values.retain(|name, _| !open.contains(name));
                values
            }
            Ok(_) => Map::new(),
            Err(more) => {
                problems.extend(more.into_iter().map(with_advice));
                Map::new()
            }
        };
        if problems.is_empty() { Ok(values) } else { Err(Trouble::new(problems.join("\n"))) }
    }

    /// A value from the command line.
    async fn set(&mut self, input: &Input, value: &str) {
        let InputKind::Selector(kind) = &input.kind else {
            self.given.insert(input.name.clone(), Value::from(value));
            return;
        };
        let listing = self.account.list(kind).await;
        match chosen(input, kind, value, &listing) {
            Ok(found) => {
                self.say_what_is_new(input, kind, &found, &listing);
                self.given.insert(input.name.clone(), found);
            }
            Err(problem) => {
                self.failed.push(input.name.clone());
                self.problems.push(format!("The input `{}`: {problem}", input.name));
            }
        }
    }

    fn say_what_is_new(&mut self, input: &Input, kind: &str, value: &Value, listing: &Listing) {
        let name = &input.name;
        match listing {
            Listing::Unknown(why) => self.notes.push(format!(
                "{} could not be looked up, so `{name}` is taken as it stands: {why}",
                capital(&plural(kind))
            )),
            Listing::Known { items, .. } => {
                let words = kind.replace('_', " ");
                let new = texts(value).into_iter().filter(|id| items.iter().all(|item| item.id != *id));
                self.notes.extend(new.map(|id| {
                    format!("The {words} `{id}` (`{name}`) is not there yet; it comes to be when it is first used.")
                }));
            }
        }
    }

    /// Nobody can be asked, so the template's own value is taken; it may be of another account.
    async fn look_at_the_default(&mut self, input: &Input) {
        let (InputKind::Selector(kind), Some(default)) = (&input.kind, &input.default) else { return };
        match self.account.list(kind).await {
            Listing::Known { open: true, .. } => {}
            Listing::Known { items, .. } => {
                let strange = texts(default).into_iter().find(|id| items.iter().all(|item| item.id != *id));
                if let Some(id) = strange {
                    self.problems.push(format!(
                        "The input `{0}` must be chosen: the account does not have the template's {id}. {1} Give one with `--set {0}=…`.",
                        input.name,
                        names(kind, &items)
                    ));
                }
            }
            Listing::Unknown(why) => self.notes.push(format!(
                "`{}` is still the template's {}: {} could not be looked up. {why}",
                input.name,
                shown(default),
                plural(kind)
            )),
        }
    }

    async fn ask(&mut self, input: &Input, person: &mut (dyn Ask + '_)) -> Result<Value, Trouble> {
        let question = question(input);
        let first = input.default.as_ref().map(shown);
        match &input.kind {
            InputKind::YesNo if !input.many => {
                let default = input.default.as_ref().and_then(Value::as_bool).unwrap_or(true);
                return Ok(Value::Bool(person.yes(&question, default)?));
            }
            _ if !input.choices.is_empty() && !input.many => {
                let choices: Vec<String> = input.choices.iter().map(shown).collect();
                let at = input.choices.iter().position(|choice| Some(choice) == input.default.as_ref());
                let at = person.choose(&question, &choices, at.unwrap_or(0))?;
                return Ok(input.choices[at].clone());
            }
            InputKind::Selector(kind) => {
                let listing = self.account.list(kind).await;
                let value = select(input, kind, &listing, &question, person)?;
                self.say_what_is_new(input, kind, &value, &listing);
                return Ok(value);
            }
            _ => {}
        }
        let check = |text: &str| typed(input, text).map(|_| ());
        let text = person.text(&question, first.as_deref(), &check)?;
        typed(input, &text).map_err(Trouble::new)
    }
}

/// Lets a person choose from the account, by name.
fn select(
    input: &Input,
    kind: &str,
    listing: &Listing,
    question: &str,
    person: &mut (dyn Ask + '_),
) -> Result<Value, Trouble> {
    let mut default = input.default.as_ref().map(shown);
    match listing {
        Listing::Unknown(why) => person.say(&format!(
            "{} cannot be looked up, so type {}. {why}",
            capital(&plural(kind)),
            if input.many { "their ids, with commas" } else { "the id" }
        )),
        Listing::Known { items, open } => {
            if !input.many && !items.is_empty() && items.len() <= WALKED {
                let at = items.iter().position(|item| Some(&item.id) == default.as_ref());
                let mut choices: Vec<String> = items.iter().map(label).collect();
                choices.push(if *open { "another one" } else { "another one, by its id" }.to_owned());
                let at = match at {
                    // The template's own tag may not be there yet: it is the first of the answers all the same.
                    None if *open && default.is_some() => items.len(),
                    at => at.unwrap_or(0),
                };
                let at = person.choose(question, &choices, at)?;
                if let Some(item) = items.get(at) {
                    return Ok(Value::from(item.id.as_str()));
                }
            }
            if !*open {
                let known = |id: &String| items.iter().any(|item| item.id == *id);
                default = default.filter(known);
            }
        }
    }
    let check = |text: &str| chosen_by_hand(input, kind, text, listing).map(|_| ());
    let text = person.text(question, default.as_deref(), &check)?;
    chosen_by_hand(input, kind, &text, listing).map_err(Trouble::new)
}

/// What a typed text means: names where the account knows them, else ids.
fn chosen_by_hand(input: &Input, kind: &str, text: &str, listing: &Listing) -> Result<Value, String> {
    if text.is_empty() && !input.many {
        return Err("Give a name or an id.".to_owned());
    }
    chosen(input, kind, text, listing)
}

fn chosen(input: &Input, kind: &str, text: &str, listing: &Listing) -> Result<Value, String> {
    let value = typed(input, text)?;
    let Listing::Known { items, open } = listing else { return Ok(value) };
    let one =
        |value: &Value| resolve(value.as_str().unwrap_or_default(), kind, items, *open).map(Value::from);
    match &value {
        Value::Array(several) => several.iter().map(one).collect(),
        value => one(value),
    }
}

fn typed(input: &Input, text: &str) -> Result<Value, String> {
    input_value(input, &Value::from(text)).map_err(|problem| {
        let end = if problem.ends_with('?') { "" } else { "." };
        format!("{}{end}", capital(&problem))
    })
}

fn question(input: &Input) -> String {
    let what = if input.description.is_empty() { &input.name } else { &input.description };
    let kind = match &input.kind {
        InputKind::Number => ", a number",
        InputKind::Date => ", a date",
        InputKind::Duration => ", such as 2 days",
        _ => "",
    };
    let many = if input.many { ", several with commas" } else { "" };
    format!("{what} ({}{kind}{many})", input.name)
}

fn label(item: &Item) -> String {
    if item.id == item.name { item.name.clone() } else { format!("{} ({})", item.name, item.id) }
}

/// A value as a person would type it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => texts(value).join(", "),
        Value::String(text) => text.clone(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        other => other.to_string(),
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(shown).collect(),
        value => vec![shown(value)],
    }
}

fn with_advice(problem: String) -> String {
    match problem.split_once("` must be given: ") {
        Some((start, _)) => {
            let name = start.rsplit('`').next().unwrap_or_default();
            format!("{problem} Give it with `--set {name}=…`.")
        }
        None => problem,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests;
