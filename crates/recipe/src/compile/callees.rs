//! Calling another recipe: which one, with which inputs, and that no recipe comes round to itself (rules R5 and R6).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bellhop_connector::{Field, FieldKind, Fields};
use bellhop_source::{Address, Diagnostic, Key, Node, closest};
use bellhop_template::{Pick, Text};

use super::names::{self, Type};
use super::steps::Effect;
use super::verbs::{Parts, squeezed};
use super::{Checker, list, types};
use crate::inputs::read_text;
use crate::{Action, Head, Input, InputKind, ValueExpr, codes};

/// How many recipes are named where none is near.
const SHOWN: usize = 8;

impl Checker<'_> {
    pub(super) fn call_recipe(&mut self, node: &Node, parts: &Parts<'_>, address: &Address) -> Effect {
        let at = address.key("call");
        let recipe = self.callee(node, &at);
        let head = recipe.as_ref().and_then(|recipe| self.world.library.recipes.get(recipe));
        if let Some(recipe) = &recipe {
            self.may_be_called(recipe, head, node, &at);
        }
        let inputs = if let (Some(recipe), Some(head)) = (&recipe, head) {
            self.given(recipe, head, node, parts, address)
        } else {
            // What it takes is not known, but the names in what it is given can be checked.
            if let Some((_, inputs)) = parts.get("inputs").filter(|(_, inputs)| !inputs.is_null()) {
                self.value(inputs, &Field::default(), &address.key("inputs"));
            }
            None
        };
        let action = match (recipe, inputs) {
            (Some(recipe), Some(inputs)) => Some(Action::Run { recipe, inputs: ValueExpr::Object(inputs) }),
            _ => None,
        };
        Effect { action, writes: true, ends: false, result: Some(outcome()) }
    }

    /// The id of the recipe that is called, where there is one of that name.
    fn callee(&mut self, node: &Node, address: &Address) -> Option<String> {
        if node.members().is_some() {
            self.report(
                Diagnostic::error(
                    codes::WRONG_SHAPE,
                    node.span,
                    address.clone(),
                    "`call` takes the name of a recipe, and here stands a group of fields",
                )
                .help({
                    let names = ["recipe", "name", "id", "workflow"];
                    let name = names.iter().find_map(|key| node.get(key)?.text()).unwrap_or("other-recipe");
                    format!("Write `call: {name}`, and `inputs:` with the inputs on the line below, beside `call`.")
                }),
            );
            return None;
        }
        let name = self.text_of(node, address, "the recipe that is called")?;
        if Pick::is_pick(name) || Text::is_template(name) {
            self.report(
                Diagnostic::error(
                    codes::UNKNOWN_RECIPE,
                    node.span,
                    address.clone(),
                    "which recipe is called is written out, so that it can be checked",
                )
                .help("To call one of several, use `choose` with a `call` in each case."),
            );
            return None;
        }
        if self.world.library.recipes.contains_key(name) || (name == self.id && !name.is_empty()) {
            return Some(name.to_owned());
        }
        self.unknown_recipe(name, node, address);
        None
    }

    fn unknown_recipe(&mut self, name: &str, node: &Node, address: &Address) {
        let diagnostic =
            |message: String| Diagnostic::error(codes::UNKNOWN_RECIPE, node.span, address.clone(), message);
        let operation =
            name.split_once('.').is_some_and(|(c, o)| self.world.catalogue.operation(c, o).is_some());
        if operation {
            let message = format!("`{name}` is an app's operation, and `call` calls another recipe");
            self.report(diagnostic(message).help(format!("Write `{name}:` in place of `call:`.")));
            return;
        }
        let known: Vec<&str> = self.world.library.recipes.keys().map(String::as_str).collect();
        let file = name.rsplit('/').next().unwrap_or(name);
        let file = file.trim_end_matches(".yaml").trim_end_matches(".yml");
        let same = known.iter().find(|id| squeezed(id) == squeezed(file)).copied();
        let meant = same.or_else(|| closest(file, known.iter().copied()));
        let message = format!("there is no recipe `{name}`");
        let help = "A recipe is called by its file's name without `.yaml`.";
        self.report(match meant {
            Some(meant) => {
                diagnostic(format!("{message}: did you mean `{meant}`?")).help(help).suggest(node.span, meant)
            }
            None if known.is_empty() => diagnostic(message).help(help),
            None => {
                let more = if known.len() > SHOWN { " and more" } else { "" };
                let shown = list(&known[..known.len().min(SHOWN)], "and");
                diagnostic(message).help(format!("{help} There are {shown}{more}."))
            }
        });
    }

    /// Complains about a recipe that others cannot call, and about one that comes round to this one.
    fn may_be_called(&mut self, recipe: &str, head: Option<&Head>, node: &Node, address: &Address) {
        if let Some(circle) = circle(&self.id, recipe, &self.world.library.recipes) {
            let message = if recipe == self.id {
                format!("this recipe calls itself: {}", circle.join(" → "))
            } else {
                format!("these recipes call one another without end: {}", circle.join(" → "))
            };
            self.report(Diagnostic::error(codes::CIRCLE, node.span, address.clone(), message).help(
                "To do something for each of many, use `for_each`; what both need goes into a third recipe.",
            ));
        } else if head.is_some_and(|head| !head.by_hand) {
            let message = format!("`{recipe}` does not let itself be called");
            self.report(
                Diagnostic::error(codes::NOT_BY_HAND, node.span, address.clone(), message).help(format!(
                    "Add `manual: {{}}` to the triggers of recipes/{recipe}.yaml; several triggers are a list."
                )),
            );
        }
    }

    /// The inputs that the called recipe is given.
    fn given(
        &mut self,
        recipe: &str,
        head: &Head,
        node: &Node,
        parts: &Parts<'_>,
        address: &Address,
    ) -> Option<Vec<(String, ValueExpr)>> {
        let at = address.key("inputs");
        let known: Fields = head.inputs.iter().map(|input| (input.name.clone(), field(input))).collect();
        let written = parts.get("inputs").map(|(_, inputs)| inputs).filter(|inputs| !inputs.is_null());
        let example = format!("`inputs: {{ {} }}`", self.example_of(&head.inputs));
        let members = match written {
            Some(inputs) => self.members_of(inputs, &at, "`inputs`", &example)?,
            None => &[],
        };
        let mut values = Some(Vec::with_capacity(members.len()));
        let mut misspelt = Vec::new();
        for (key, value) in members {
            if self.stops() {
                return None;
            }
            let below = at.key(&key.text);
            let input = head.inputs.iter().find(|input| input.name == key.text);
            let found = if let (Some(field), Some(input)) = (known.get(&key.text), input) {
                let found = self.value(value, field, &below);
                found.filter(|_| self.is_duration(value, input, &below))
            } else {
                let meant = closest(&key.text, known.keys().map(String::as_str));
                misspelt.extend(meant);
                self.unknown_input(key, recipe, meant, &known, &below);
                self.value(value, &Field::default(), &below);
                None
            };
            match (found, &mut values) {
                (Some(found), Some(values)) => values.push((key.text.clone(), found)),
                _ => values = None,
            }
        }
        for input in head.inputs.iter().filter(|input| input.default.is_none()) {
            if members.iter().any(|(key, _)| key.text == input.name)
                || misspelt.contains(&input.name.as_str())
            {
                continue;
            }
            let line = known.get(&input.name).map(|field| self.example_line(&input.name, field));
            let line = line.unwrap_or_default();
            let span = parts.get("inputs").map_or(node.span, |(key, _)| key.span);
            let help = if written.is_some() {
                format!("Add a line such as `{line}` under `inputs`.")
            } else {
                format!("Add `inputs:` beside `call`, such as `inputs: {{ {line} }}`.")
            };
            let message = format!("`{recipe}` needs the input `{}`", input.name);
            self.report(Diagnostic::error(codes::MISSING_FIELD, span, at.clone(), message).help(help));
            values = None;
        }
        values
    }

    fn unknown_input(
        &mut self,
        key: &Key,
        recipe: &str,
        meant: Option<&str>,
        known: &Fields,
        address: &Address,
    ) {
        let message = format!("`{recipe}` has no input `{}`", key.text);
        let diagnostic =
            |message| Diagnostic::error(codes::UNKNOWN_INPUT, key.span, address.clone(), message);
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        self.report(match meant {
            Some(meant) => diagnostic(format!("{message}: did you mean `{meant}`?")).suggest(key.span, meant),
            None if names.is_empty() => diagnostic(message).help("It takes no inputs."),
            None => diagnostic(message).help(format!("Its inputs are {}.", names::some(&names))),
        });
    }

    /// Whether a written value of an input for a duration is one.
    fn is_duration(&mut self, node: &Node, input: &Input, address: &Address) -> bool {
        let Some(text) = node.text().filter(|text| !Pick::is_pick(text) && !Text::is_template(text)) else {
            return true;
        };
        input.kind != InputKind::Duration
            || read_text(text, input).is_ok()
            || self.duration(node, address).is_some()
    }

    fn example_of(&self, inputs: &[Input]) -> String {
        let lines: Vec<String> =
            inputs.iter().map(|input| self.example_line(&input.name, &field(input))).take(2).collect();
        if lines.is_empty() { "name: value".to_owned() } else { lines.join(", ") }
    }
}

/// What an input of a called recipe takes.
fn field(input: &Input) -> Field {
    let mut one = types::of_input(&Input { many: false, ..input.clone() });
    one.choices.clone_from(&input.choices);
    one.description.clone_from(&input.description);
    if input.many { types::list_of(one) } else { one }
}

/// What a called recipe gives.
fn outcome() -> Type {
    let text = || types::of(FieldKind::String);
    types::group(["run", "status", "summary"].map(|name| (name.to_owned(), text()))).into()
}

/// The shortest way by which a call of `callee` comes round to `own`, both ends included.
fn circle(own: &str, callee: &str, recipes: &BTreeMap<String, Head>) -> Option<Vec<String>> {
    if own.is_empty() {
        return None;
    }
    let mut seen = BTreeSet::from([callee]);
    let mut next = VecDeque::from([vec![callee]]);
    while let Some(way) = next.pop_front() {
        let last = way[way.len() - 1];
        if last == own {
            return Some(std::iter::once(own).chain(way).map(str::to_owned).collect());
        }
        for called in recipes.get(last).into_iter().flat_map(|head| &head.calls) {
            if seen.insert(called) {
                next.push_back(way.iter().copied().chain([called.as_str()]).collect());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::circle;
    use crate::Head;

    #[test]
    fn the_way_back_is_told() {
        let calls = [("a", vec!["b", "d"]), ("b", vec!["c", "lost"]), ("c", vec!["b", "a"]), ("d", vec![])];
        let recipes: BTreeMap<String, Head> = calls
            .into_iter()
            .map(|(id, calls)| {
                let calls = calls.into_iter().map(str::to_owned).collect();
                (id.to_owned(), Head { calls, ..Head::default() })
            })
            .collect();
        let told = |own, callee| circle(own, callee, &recipes).map(|way| way.join(" → "));
        assert_eq!(told("a", "b").as_deref(), Some("a → b → c → a"));
        assert_eq!(told("b", "c").as_deref(), Some("b → c → b"));
        assert_eq!(told("a", "a").as_deref(), Some("a → a"));
        assert_eq!(told("a", "d"), None);
        assert_eq!(told("d", "a").as_deref(), Some("d → a → d"));
        assert_eq!(told("", "a"), None);
    }
}
