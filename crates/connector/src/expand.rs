//! Puts the field groups of `schemas:` where `schema:` names them. It changes nothing else of a manifest.

use bellhop_source::{Address, closest};

use crate::{Field, Fields, Manifest, Problem, codes};

/// Expands every `schema:` reference of the manifest in place and tells of those that lead nowhere. Expanding twice
/// is expanding once.
pub(crate) fn expand(manifest: &mut Manifest) -> Vec<Problem> {
    let mut expander = Expander { schemas: manifest.schemas.clone(), open: Vec::new(), problems: Vec::new() };
    let root = Address::root();
    for (name, group) in &mut manifest.schemas {
        expander.open.push(name.clone());
        expander.field(group, &root.key("schemas").key(name));
        expander.open.pop();
    }
    for (name, operation) in &mut manifest.operations {
        let address = root.key("operations").key(name);
        expander.fields(&mut operation.input, &address.key("input"));
        expander.field(&mut operation.output, &address.key("output"));
    }
    for (name, event) in &mut manifest.events {
        expander.field(&mut event.data, &root.key("events").key(name).key("data"));
    }
    // A group's own mistake is met wherever the group is used.
    let mut problems: Vec<Problem> = Vec::new();
    for problem in expander.problems {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    problems
}

struct Expander {
    /// As written.
    schemas: Fields,
    /// The groups that are being expanded, to notice one that holds itself.
    open: Vec<String>,
    problems: Vec<Problem>,
}

impl Expander {
    fn fields(&mut self, fields: &mut Fields, address: &Address) {
        for (name, field) in fields {
            self.field(field, &address.key(name));
        }
    }

    fn field(&mut self, field: &mut Field, address: &Address) {
        // Its own parts first: those of the group come expanded, and their mistakes are told at the group.
        if let Some(items) = &mut field.items {
            self.field(items, &address.key("items"));
        }
        self.fields(&mut field.fields, &address.key("fields"));
        if let Some(name) = field.schema.clone() {
            self.reference(field, &name, address);
        }
    }

    fn reference(&mut self, field: &mut Field, name: &str, address: &Address) {
        let place = address.key("schema");
        let Some(mut group) = self.schemas.get(name).cloned() else {
            let mut problem = Problem::new(codes::SCHEMA, place, format!("there is no field group {name}"));
            if let Some(near) = closest(name, self.schemas.keys().map(String::as_str)) {
                problem = problem.help(format!("Did you mean {near}?"));
            }
            self.problems.push(problem);
            return;
        };
        if self.open.iter().any(|open| open == name) {
            // A circle further in is told at the group that is in it.
            if self.open.first().is_some_and(|first| first == name) {
                let message = format!("the field group {name} holds itself");
                self.problems.push(Problem::new(codes::SCHEMA, place, message));
            }
            return;
        }
        self.open.push(name.to_owned());
        self.field(&mut group, &Address::root().key("schemas").key(name));
        self.open.pop();
        *field = merged(group, std::mem::take(field));
    }
}

/// The group, with what the field that names it says itself.
fn merged(group: Field, own: Field) -> Field {
    let mut fields = group.fields;
    fields.extend(own.fields);
    Field {
        schema: own.schema,
        kind: group.kind,
        format: own.format.or(group.format),
        title: if own.title.is_empty() { group.title } else { own.title },
        description: if own.description.is_empty() { group.description } else { own.description },
        required: own.required,
        nullable: own.nullable || group.nullable,
        choices: if own.choices.is_empty() { group.choices } else { own.choices },
        items: own.items.or(group.items),
        fields,
        open: own.open || group.open,
        selector: own.selector.or(group.selector),
        example: own.example.or(group.example),
    }
}
