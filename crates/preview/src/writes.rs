//! Writing, without doing it: looks at the record as it is, remembers what would become of it, and answers as the app
//! would.

use std::borrow::Cow;

use bellhop_connector::{
    AnswerClass, Call, CallNames, Connector as _, Does, Failure, FailureClass, FieldKind, Lookup, Manifest,
    Operation, Outcome, PreviewSpec, RecordKind, fill,
};
use serde_json::{Map, Value, json};

use crate::body::{Written, changes_a_record, written};
use crate::ledger::{Asker, Write};
use crate::previewed::{Previewed, run_of, step_of};
use crate::record::{Key, Origin};
use crate::{made_up, reads};

/// Records that belong to others are told with the others' names: so many are looked up at the most.
const MOST_NAMES: usize = 200;

/// One write that is not done.
struct Pretended<'a> {
    previewed: &'a Previewed,
    manifest: &'a Manifest,
    operation: &'a Operation,
    spec: &'a PreviewSpec,
    call: &'a Call,
}

/// Answers a write.
pub(crate) async fn write(previewed: &Previewed, call: Call, operation: &Operation) -> Outcome {
    let nothing = PreviewSpec::default();
    let spec = operation.preview.as_ref().unwrap_or(&nothing);
    let pretended = Pretended { previewed, manifest: previewed.manifest(), operation, spec, call: &call };
    previewed.ledger.known().count(pretended.manifest, operation, &call, Asker::Recipe, 1);
    match pretended.answer().await {
        Ok(answer) => Outcome::Done(answer),
        Err(failure) => Outcome::Failed(failure),
    }
}

impl Pretended<'_> {
    async fn answer(&self) -> Result<Value, Failure> {
        self.name_what_is_picked().await;
        let before = match self.before().await {
            Err(failure) if self.spec.does == Does::Delete && failure.class == FailureClass::NotFound => {
                let harmless = |class: AnswerClass| class == AnswerClass::Done;
                if self.operation.answer.rules.iter().any(|rule| harmless(rule.class)) {
                    self.note(None);
                    return Ok(Value::Null);
                }
                return Err(failure);
            }
            before => before?,
        };
        if self.operation.preview.is_none() {
            self.previewed.ledger.known().remark(format!(
                "The manifest of {} does not say what {} does to records, so later steps do not see it here.",
                self.manifest.connector, self.call.operation
            ));
        }
        if !changes_a_record(self.spec) {
            self.note(self.about());
            return Ok(self.made_up());
        }
        let name = reads::kind_of(self.operation, self.spec);
        let Some(kind) = self.manifest.records.get(name) else {
            self.note(self.about());
            return Ok(self.made_up());
        };
        match self.spec.does {
            Does::Create => {
                self.refuse_a_twin(name).await?;
                Ok(self.create(name, kind).await)
            }
            Does::Upsert => match before.as_ref().and_then(|record| record.get("id")?.as_str()) {
                Some(id) => Ok(self.update(&[(id.to_owned(), before.clone())], name, kind)),
                None => Ok(self.create(name, kind).await),
            },
            Does::Delete => Ok(self.delete(name, before.as_ref())),
            _ => {
                let mut records = Vec::new();
                for id in self.ids() {
                    let record = self.as_it_was(name, &id, before.as_ref()).await?;
                    self.name_the_parent(kind, record.as_ref()).await;
                    records.push((id, record));
                }
                Ok(self.update(&records, name, kind))
            }
        }
    }

    /// What the manifest's `before` shows; none where it shows nothing, or may not be asked.
    async fn before(&self) -> Result<Option<Map<String, Value>>, Failure> {
        if self.spec.does == Does::Create && self.parent_was_shown() {
            return Ok(None);
        }
        let Some(before) = &self.operation.before else { return Ok(None) };
        let Some(operation) = self.manifest.operations.get(&before.operation) else { return Ok(None) };
        let names = CallNames::of(self.call, self.previewed.now());
        let filled =
            before.input.iter().filter_map(|(field, value)| Some((field.clone(), fill(value, &names)?)));
        let input: Map<String, Value> = filled.filter(|(_, value)| !value.is_null()).collect();
        if input.is_empty() && !before.input.is_empty() {
            return Ok(None);
        }
        self.look(&before.operation, operation, Value::Object(input)).await
    }

    async fn look(
        &self,
        name: &str,
        operation: &Operation,
        input: Value,
    ) -> Result<Option<Map<String, Value>>, Failure> {
        let call = reads::call_of(self.call, name, input);
        match reads::read(self.previewed, call, operation, Asker::Preview).await {
            Outcome::Done(Value::Object(record)) => Ok(Some(record)),
            Outcome::Done(_) => Ok(None),
            Outcome::Failed(failure) if matches!(failure.class, FailureClass::Forbidden { .. }) => {
                let sentence = format!(
                    "The connection `{}` may not read what {} would change, so its earlier values are not known.",
                    self.call.connection.name, self.call.operation
                );
                self.previewed.ledger.known().remark(sentence);
                Ok(None)
            }
            Outcome::Failed(failure) => Err(failure),
        }
    }

    /// The record as it is, where `before` has not shown it already.
    async fn as_it_was(
        &self,
        kind: &str,
        id: &str,
        before: Option<&Map<String, Value>>,
    ) -> Result<Option<Map<String, Value>>, Failure> {
        if let Some(record) = before
            && record.get("id").and_then(Value::as_str) == Some(id)
        {
            return Ok(Some(record.clone()));
        }
        match reads::reader(self.manifest, kind) {
            Some((name, operation, field)) => self.look(name, operation, reads::by_id(field, id)).await,
            None => Ok(before.cloned()),
        }
    }

    /// Whether a new record's parent need not be looked for: the recipe has read it, and the app is to be spared.
    fn parent_was_shown(&self) -> bool {
        let kind = self.manifest.records.get(reads::kind_of(self.operation, self.spec));
        let parent = kind.and_then(|kind| kind.of.as_ref());
        let key = parent.and_then(|parent| {
            Some(reads::key(self.call, &parent.kind, self.call.input.get(&parent.field)?.as_str()?))
        });
        key.is_some_and(|key| self.previewed.ledger.known().sparing(&key).is_some())
    }

    /// Looks up what people call the record that this one belongs to, where that is not known yet.
    async fn name_the_parent(&self, kind: &RecordKind, record: Option<&Map<String, Value>>) {
        let Some(parent) = &kind.of else { return };
        let own = self.call.input.get(&parent.field);
        let Some(id) = own.or_else(|| record?.get(&parent.field)).and_then(Value::as_str) else { return };
        let key = reads::key(self.call, &parent.kind, id);
        let named = {
            let known = self.previewed.ledger.known();
            known.names.contains_key(&key) || known.names.len() >= MOST_NAMES
        };
        if let (false, Some((name, operation, field))) = (named, reads::reader(self.manifest, &parent.kind)) {
            // Only for show: whatever is wrong with it is told by the steps that need it.
            let _unnamed = self.look(name, operation, reads::by_id(field, id)).await;
        }
    }

    /// Looks up what people call the users, workflows and the like that the input names by id.
    async fn name_what_is_picked(&self) {
        for (field, shape) in &self.operation.input {
            let selector =
                shape.selector.as_ref().or(shape.items.as_ref().and_then(|items| items.selector.as_ref()));
            let listed = selector.and_then(|selector| self.manifest.selectors.get(selector));
            let Some(listed) = listed.filter(|listed| listed.needs_names()) else { continue };
            let Some(operation) = self.manifest.operations.get(&listed.list) else { continue };
            let place = (self.call.connection.name.clone(), listed.list.clone());
            let given = self.call.input.get(field).is_some_and(|value| !value.is_null());
            if !given || !self.previewed.ledger.known().lists.insert(place) {
                continue;
            }
            let call = reads::call_of(self.call, &listed.list, json!(listed.input));
            // Only for show: without the list ids are told as ids.
            if let Outcome::Done(list) = reads::read(self.previewed, call, operation, Asker::Preview).await {
                let keys = (listed.id.as_str(), listed.name.as_str());
                self.previewed.ledger.known().label(&self.call.connection.name, &list, keys);
            }
        }
    }

    /// A record of the same e-mail address, say, which the app would refuse to make again.
    async fn refuse_a_twin(&self, kind: &str) -> Result<(), Failure> {
        let Some(confirm) = &self.operation.confirm else { return Ok(()) };
        let Some(operation) = self.manifest.operations.get(&confirm.operation) else { return Ok(()) };
        let shows = operation.preview.as_ref().is_some_and(|spec| reads::kind_of(operation, spec) == kind);
        if !shows || operation.output.kind != FieldKind::Object {
            return Ok(());
        }
        let names = CallNames::of(self.call, self.previewed.now());
        let filled =
            confirm.input.iter().filter_map(|(field, value)| Some((field.clone(), fill(value, &names)?)));
        let input: Map<String, Value> = filled.filter(|(_, value)| !value.is_null()).collect();
        if input.is_empty() {
            return Ok(());
        }
        let Some(twin) = self.look(&confirm.operation, operation, Value::Object(input)).await? else {
            return Ok(());
        };
        let id = twin.get("id").and_then(Value::as_str).unwrap_or_default();
        let message =
            format!("There is a {kind} with these details already ({id}), so it would not be made again.");
        Err(Failure::new(FailureClass::Conflict { existing: json!({ "id": id }) }, message))
    }

    async fn create(&self, name: &str, kind: &RecordKind) -> Value {
        self.name_the_parent(kind, None).await;
        let now = self.previewed.now();
        let Written { patches, by_connection } = written(self.operation, self.spec, kind, self.call, now);
        let shape = self.manifest.schemas.get(name).unwrap_or(&self.operation.output);
        let mut known = self.previewed.ledger.known();
        let id = known.make_id(name);
        let key = reads::key(self.call, name, &id);
        let mut base = Map::new();
        base.insert("id".to_owned(), Value::from(id.as_str()));
        let parent = kind.of.as_ref().and_then(|parent| {
            let of = self.call.input.get(&parent.field)?.as_str()?;
            base.insert(parent.field.clone(), Value::from(of));
            Some(reads::key(self.call, &parent.kind, of))
        });
        base.extend(by_connection);
        for (field, value) in made_up::fresh(shape, now) {
            base.entry(field).or_insert(value);
        }
        let tracked = known.track(&key, &self.manifest.connector, self.call, || Origin::Made(base));
        tracked.parent = parent;
        let record = known.change(&key, patches);
        known.name(self.manifest, &key, &record);
        drop(known);
        self.note(Some(key));
        self.output(&record, true)
    }

    fn update(
        &self,
        records: &[(String, Option<Map<String, Value>>)],
        name: &str,
        kind: &RecordKind,
    ) -> Value {
        let now = self.previewed.now();
        let own = reads::id_field(self.operation, self.spec);
        let mut last = Map::new();
        for (id, before) in records {
            let written = written(self.operation, self.spec, kind, self.call, now);
            let patches = written.patches.into_iter().filter(|patch| Some(patch.field()) != own).collect();
            let key = reads::key(self.call, name, id);
            let mut known = self.previewed.ledger.known();
            let tracked = known.track(&key, &self.manifest.connector, self.call, || {
                before.clone().map_or(Origin::Unread, Origin::Read)
            });
            let field = kind.of.as_ref().map(|parent| (parent.kind.as_str(), parent.field.as_str()));
            if let Some((parent, field)) = field
                && let Some(of) = self.call.input.get(field).or_else(|| before.as_ref()?.get(field))
                && let Some(of) = of.as_str()
            {
                tracked.parent = Some(reads::key(self.call, parent, of));
            }
            last = known.change(&key, patches);
            last.entry("id").or_insert_with(|| Value::from(id.as_str()));
            known.name(self.manifest, &key, &last);
            drop(known);
            self.note(Some(key));
        }
        self.output(&last, false)
    }

    fn delete(&self, name: &str, before: Option<&Map<String, Value>>) -> Value {
        for id in self.ids() {
            let key = reads::key(self.call, name, &id);
            let mut known = self.previewed.ledger.known();
            let origin = before.cloned().map_or(Origin::Unread, Origin::Read);
            let parent = self.manifest.records.get(name).and_then(|kind| {
                let parent = kind.of.as_ref()?;
                Some(reads::key(self.call, &parent.kind, self.call.input.get(&parent.field)?.as_str()?))
            });
            let tracked = known.track(&key, &self.manifest.connector, self.call, || origin);
            tracked.deleted = true;
            tracked.parent = tracked.parent.take().or(parent);
            drop(known);
            self.note(Some(key));
        }
        self.made_up()
    }

    /// The ids that the input names.
    fn ids(&self) -> Vec<String> {
        let field = reads::id_field(self.operation, self.spec).unwrap_or_default();
        match self.call.input.get(field) {
            Some(Value::String(id)) => vec![id.clone()],
            Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// The record that an operation without changes of records is about.
    fn about(&self) -> Option<Key> {
        let record = self.operation.record.as_ref()?;
        Some(reads::key(self.call, &record.kind, self.call.input.get(&record.id)?.as_str()?))
    }

    fn note(&self, about: Option<Key>) {
        let write = Write {
            run: run_of(self.call).to_owned(),
            step: step_of(self.call).to_owned(),
            connection: self.call.connection.name.clone(),
            connector: self.manifest.connector.clone(),
            operation: self.call.operation.clone(),
            about,
            input: self.call.input.clone(),
        };
        self.previewed.ledger.known().writes.push(write);
    }

    fn made_up(&self) -> Value {
        if self.operation.output.kind == FieldKind::Any {
            self.previewed.ledger.known().remark(format!(
                "Nobody can know what {} will answer: later steps see an empty answer here.",
                self.operation.title
            ));
        }
        made_up::answer(&self.operation.output, &self.call.input, self.previewed.now())
    }

    fn output(&self, record: &Map<String, Value>, created: bool) -> Value {
        if let Some(gives) = &self.spec.gives {
            let names = Given {
                call: CallNames::of(self.call, self.previewed.now()),
                record: Value::Object(record.clone()),
                created: Value::Bool(created),
            };
            return fill(gives, &names).unwrap_or_default();
        }
        match self.operation.output.kind {
            FieldKind::Array => {
                let list = self.spec.add.keys().chain(self.spec.remove.keys()).next();
                list.and_then(|field| record.get(field)).cloned().unwrap_or_else(|| json!([]))
            }
            FieldKind::Object | FieldKind::Any => Value::Object(record.clone()),
            _ => self.made_up(),
        }
    }
}

/// What `gives` may name.
struct Given<'a> {
    call: CallNames<'a>,
    record: Value,
    created: Value,
}

impl Lookup for Given<'_> {
    fn find(&self, name: &str) -> Option<Cow<'_, Value>> {
        match name {
            "record" => Some(Cow::Borrowed(&self.record)),
            "created" => Some(Cow::Borrowed(&self.created)),
            other => self.call.find(other),
        }
    }
}
