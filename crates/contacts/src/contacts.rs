//! The connector: the manifest's calls, with what is friendlier than the API put around some of them.
//!
//! What surrounds a call shares its deadline, its connection and its idempotency key. Operations that are not named
//! here go straight to the app.

use std::sync::Arc;

use bellhop_connector::{
    BoxFuture, Call, Confirmation, Connector, Delivery, Event, Failure, Found, Look, Looked, Manifest,
    Outcome, Page, Refusal,
};
use bellhop_http::{HttpRuntime, ManifestConnector};
use jiff::Timestamp;
use serde_json::Value;

use crate::{bulk, create, custom_fields::CustomFields, tags};

/// HighLevel's contacts.
pub struct Contacts {
    app: Arc<dyn Connector>,
    fields: CustomFields,
}

/// The connector over HTTP.
pub fn connector(runtime: Arc<HttpRuntime>) -> Contacts {
    Contacts::around(Arc::new(ManifestConnector::new(Arc::new(crate::manifest()), runtime)))
}

impl Contacts {
    /// The connector around whatever does the manifest's plain calls.
    pub fn around(app: Arc<dyn Connector>) -> Self {
        let fields = CustomFields::of(Arc::clone(&app));
        Self { app, fields }
    }

    async fn answer(&self, call: Call) -> Result<Value, Failure> {
        match call.operation.as_str() {
            "create_contact" => {
                let call = self.fields.by_id(call).await?;
                let contact = ask(self.app.as_ref(), call.clone()).await?;
                Ok(self.after_write(&call, contact).await)
            }
            "update_contact" | "upsert_contact" => {
                let mut call = self.fields.by_id(call).await?;
                let added = tags::take(&mut call.input)?;
                let mut output = ask(self.app.as_ref(), call.clone()).await?;
                if let Some(added) = added {
                    tags::add(self.app.as_ref(), &call, &mut output, added).await?;
                }
                Ok(self.after_write(&call, output).await)
            }
            "update_tags_in_bulk" => bulk::every_one(ask(self.app.as_ref(), call).await?),
            _ => {
                let output = ask(self.app.as_ref(), call.clone()).await?;
                self.shown(&call, output).await
            }
        }
    }

    /// What a reading gives, as recipes see it: all of it at once, or a page.
    async fn shown(&self, call: &Call, mut output: Value) -> Result<Value, Failure> {
        match call.operation.as_str() {
            "get_contact"
            | "find_duplicate"
            | "list_contacts"
            | "search_contacts"
            | "list_contacts_of_business" => {
                self.fields.show(call, &mut output).await?;
                Ok(output)
            }
            "search_tasks" => Ok(bulk::with_ids(output)),
            _ => Ok(output),
        }
    }

    async fn one_page(&self, call: Call, after: Option<Value>) -> Result<Page, Failure> {
        let Page { items, next } = self.app.page(call.clone(), after).await?;
        let items = Page::whole(self.shown(&call, Value::Array(items)).await?)?.items;
        Ok(Page { items, next })
    }

    /// The write has happened, so a look-up that fails now must not make it look as if it had not.
    async fn after_write(&self, call: &Call, mut output: Value) -> Value {
        let _left_by_id = self.fields.show(call, &mut output).await;
        output
    }
}

/// One plain call of the app.
pub(crate) async fn ask(app: &dyn Connector, call: Call) -> Result<Value, Failure> {
    match app.call(call).await {
        Outcome::Done(output) => Ok(output),
        Outcome::Failed(failure) => Err(failure),
    }
}

impl Connector for Contacts {
    fn manifest(&self) -> &Manifest {
        self.app.manifest()
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            match self.answer(call).await {
                Ok(output) => Outcome::Done(output),
                Err(failure) => Outcome::Failed(failure),
            }
        })
    }

    fn page(&self, call: Call, after: Option<Value>) -> BoxFuture<'_, Result<Page, Failure>> {
        Box::pin(self.one_page(call, after))
    }

    fn confirm(&self, call: Call, since: Timestamp) -> BoxFuture<'_, Confirmation> {
        Box::pin(async move {
            if call.operation != "create_contact" {
                return self.app.confirm(call, since).await;
            }
            match create::confirm(self.app.as_ref(), call.clone(), since).await {
                Confirmation::Happened(contact) => {
                    Confirmation::Happened(self.after_write(&call, contact).await)
                }
                other => other,
            }
        })
    }

    fn poll(&self, look: Look) -> BoxFuture<'_, Result<Looked, Failure>> {
        self.app.poll(look)
    }

    fn bring(&self, look: Look, found: Found) -> BoxFuture<'_, Result<Event, Failure>> {
        self.app.bring(look, found)
    }

    fn verify(&self, delivery: &Delivery<'_>) -> Result<Event, Refusal> {
        self.app.verify(delivery)
    }
}
