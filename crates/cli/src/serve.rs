//! `bellhop serve`: the engine and its door, until stopped.

use std::future::Future;
use std::io::IsTerminal as _;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use bellhop_alerts::Alerts;
use bellhop_server::{ApiToken, Server, ServerOptions, collect_metrics};
use bellhop_vault::Secrets as _;
use futures::future::{Either, select};
use jiff::SignedDuration;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tracing::field::Field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format::{Writer, debug_fn};

use crate::alerts;
use crate::alone;
use crate::arguments::{LogForm, ServeArguments};
use crate::audit::{self, Act, Audit, Did};
use crate::compose::{self, Shelf, Works};
use crate::figures;
use crate::history::on_one_line;
use crate::reload::Recipes;
use crate::retention;
use crate::signal;
use crate::traces::Traces;
use crate::trouble::{Ending, Trouble};

/// How long calls under way may take to finish at the end.
const LAST_CALLS: SignedDuration = SignedDuration::from_secs(10);

/// Serves until Ctrl-C or SIGTERM.
pub(crate) async fn serve(arguments: ServeArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    start_log(arguments.log);
    let shelf = Shelf::open(asked)?;
    shelf.refuse_a_broken_workspace()?;
    let door = Door::build()?;
    let server = door
        .on(Server::bind(arguments.listen.unwrap_or(shelf.workspace.listen)))
        .await?
        .map_err(|error| Trouble::new(error.to_string()))?;
    let address = server.address().map_err(|error| Trouble::new(error.to_string()))?;
    let metrics = collect_metrics().map_err(Trouble::new)?;
    let store = shelf.open_store()?;
    let _only_one = alone::alone(&shelf.workspace.store)?;
    let traces = Traces::begin(&shelf)?;
    let works = Works::serving(&shelf, store, traces.as_ref().map(Traces::spans))?;
    works.refuse_missing_secrets()?;
    let token = api_token(&shelf, &works)?;
    let channels = alerts::channels(&shelf.workspace.alerts, &shelf.workspace.connections, &works)?;

    let book = Audit::open(&shelf)?;
    let by = audit::who(&shelf, None);
    let last = audit::versions(&audit::read(&shelf.workspace.audit())?);
    let recipes = Recipes::read(&shelf, &works, &last).await?;
    recipes.write_down(&last, &book)?;
    let plans = recipes.plans();
    let count = plans.len();
    let alerting = Alerts::new(channels, Arc::clone(works.engine.store()), Arc::clone(&works.clock));
    let heard = works.engine.alerts();
    works.start(plans).await?;
    // Before anybody is told that it works: who then asks it to stop gets an orderly end.
    let asked_to_stop = signal::ended();
    let alerting = tokio::spawn(alerting.keep(Arc::clone(&works.engine), heard));
    tracing::info!(%address, recipes = count, "Bellhop takes webhooks at /hooks/<connection>");
    book.keep(&Act::now(&by, Did::ServeStarted))?;
    let upkeep = metrics.clone();
    let upkeep = tokio::spawn(figures::keep(move || upkeep.run_upkeep()));
    let forgetting = tokio::spawn(retention::keep(
        Arc::clone(works.engine.store()),
        Arc::clone(&works.clock),
        shelf.workspace.history,
        shelf.workspace.zone.clone(),
    ));
    let options = ServerOptions {
        engine: Arc::clone(&works.engine),
        connections: Arc::clone(&works.connections),
        clock: Arc::clone(&works.clock),
        metrics: Some(metrics),
        gauges: figures::gauges(&works),
        token,
        secret: works.secrets_of_senders(),
        deliveries_per_second: shelf.workspace.deliveries_per_second,
    };
    let (close, closed) = oneshot::channel::<()>();
    let mut answering = pin!(door.on(server.serve(options, async move {
        // Either a word or the end of who could say it.
        let _ = closed.await;
    })));
    let (asked_to_stop, keeping) = (pin!(asked_to_stop), pin!(recipes.keep(&works, &book)));
    let working = select(asked_to_stop, keeping);
    let broken = match select(answering.as_mut(), working).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right((Either::Left(((), _)), _)) => None,
        Either::Right((Either::Right((never, _)), _)) => match never {},
    };
    tracing::info!("stopping: calls under way are finished first");
    // The door stays open meanwhile and says 429: who is told so comes again, who finds it closed does not.
    works.engine.shutdown(LAST_CALLS).await;
    // The door may have ended by itself already.
    let _ = close.send(());
    let outcome = match broken {
        Some(outcome) => outcome,
        None => answering.await,
    };
    // What is not told by now is told after the next start.
    alerting.abort();
    forgetting.abort();
    upkeep.abort();
    if let Some(traces) = traces {
        traces.end().await;
    }
    book.keep(&Act::now(&by, Did::ServeStopped))?;
    outcome.map(|()| Ending::Fine)
}

/// The token of the windows, where the workspace names one.
fn api_token(shelf: &Shelf, works: &Works) -> Result<Option<ApiToken>, Trouble> {
    let Some(reference) = &shelf.workspace.api_token else { return Ok(None) };
    let secret = works.vault.get(&compose::reference(reference));
    secret.map(|secret| Some(ApiToken::new(secret.expose()))).map_err(|error| Trouble::new(error.to_string()))
}

/// A thread of the door's own: however much the runs have to do, an event is acknowledged without queueing behind them.
struct Door(Option<Runtime>);

impl Door {
    fn build() -> Result<Self, Trouble> {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("bellhop-door")
            .enable_all()
            .build()
            .map(|runtime| Self(Some(runtime)))
            .map_err(|error| Trouble::new(format!("The system gives no threads: {error}.")))
    }

    /// Does something on the door's thread; its panic is a sentence here.
    async fn on<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Trouble> {
        let Some(runtime) = &self.0 else { return Err(Trouble::new("The door is closed.")) };
        runtime.spawn(work).await.map_err(|error| Trouble::new(format!("The door broke down: {error}.")))
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // A runtime may not be waited for where others are at work; nothing is left to do at the door by then.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A field of a line of the log. Strangers choose the addresses that they knock at: nothing they write begins a line or moves
/// the cursor.
fn plain_field(writer: &mut Writer<'_>, field: &Field, value: &dyn std::fmt::Debug) -> std::fmt::Result {
    if field.name() != "message" {
        write!(writer, "{}=", field.name())?;
    }
    writer.write_str(&on_one_line(&format!("{value:?}")))
}

/// Logs go to stderr. `BELLHOP_LOG` says how much, such as `debug` or `bellhop_http=debug`.
fn start_log(form: LogForm) {
    let filter = EnvFilter::try_from_env("BELLHOP_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .fmt_fields(debug_fn(plain_field).delimited(" "))
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A log that has been started already (there is none in this process) would be left as it is.
    let _ = match form {
        LogForm::Text => log.with_target(false).try_init(),
        LogForm::Json => log.json().try_init(),
    };
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("nobody else writes").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_address_that_a_stranger_made_up_begins_no_line_of_the_log() {
        let paper = Paper::default();
        let pen = paper.clone();
        let log = tracing_subscriber::fmt()
            .fmt_fields(debug_fn(plain_field).delimited(" "))
            .with_ansi(false)
            .with_writer(move || pen.clone())
            .finish();
        tracing::subscriber::with_default(log, || {
            tracing::warn!(connection = %"in/a\n2026 INFO forged\u{1b}[31m", why = ?"b\u{7}", "a delivery was {}", "refused\r\nx");
        });
        let text = String::from_utf8(paper.0.lock().expect("nobody else writes").clone()).expect("a text");
        assert_eq!(text.lines().count(), 1, "{text:?}");
        let told = "a delivery was refused  x connection=in/a 2026 INFO forged [31m why=";
        assert!(text.contains(told) && !text.trim_end().contains(char::is_control), "{text:?}");
    }
}
