//! Commands below `runs`, and their arguments.

use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand};

/// Commands below `runs`.
#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// The latest runs, or those of one recipe, state or record
    List(RunsListArguments),
    /// One run with every step
    Show(RunsShowArguments),
    /// Why a recipe ran for somebody, or did not: every event about them and what became of it
    Why(RunsWhyArguments),
    /// Whether every event has been handled: how many were found in the apps, and how many of them had not been told
    Completeness(CompletenessArguments),
    /// How long work on many records will take, and what share of the day's calls it eats
    Forecast(ForecastArguments),
    /// Try a run again that failed or needs a person
    Retry {
        /// The run's id, or its beginning
        run: String,
        /// The step to begin at, as `runs show --json` names it; by default all that failed
        #[arg(long, value_name = "STEP")]
        from: Option<String>,
        /// Who asks for it; by default the operating system's user
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
    /// End a run
    Cancel {
        /// The run's id, or its beginning
        run: String,
        /// Who ends it; by default the operating system's user
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
    /// Say how a step ended of which Bellhop cannot tell
    Resolve(ResolveArguments),
    /// Decide what a run asks with `approve:`
    Approve(ApproveArguments),
}

/// Arguments of `runs completeness`.
#[derive(Args, Debug)]
pub(crate) struct CompletenessArguments {
    /// Only what was found on that day (UTC) or later, such as `2 days ago`
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `runs forecast`.
#[derive(Args, Debug)]
pub(crate) struct ForecastArguments {
    /// A recipe with a loop over what an operation finds; by default the runs that wait for their turn now
    pub(crate) recipe: Option<String>,
    /// An input of the recipe
    #[arg(long = "input", value_name = "NAME=VALUE", requires = "recipe")]
    pub(crate) inputs: Vec<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `runs approve`.
#[derive(Args, Debug)]
pub(crate) struct ApproveArguments {
    /// The run's id, or its beginning
    pub(crate) run: String,
    /// Say no
    #[arg(long)]
    pub(crate) no: bool,
    /// What you have to say about it
    #[arg(long, value_name = "TEXT")]
    pub(crate) comment: Option<String>,
    /// Who decides; by default the operating system's user
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// The step that asks, where there are several
    #[arg(long, value_name = "STEP")]
    pub(crate) step: Option<String>,
}

/// Arguments of `runs resolve`.
#[derive(Args, Debug)]
pub(crate) struct ResolveArguments {
    /// The run's id, or its beginning
    pub(crate) run: String,
    /// The step; by default the one that the run stopped at
    #[arg(long, value_name = "STEP")]
    pub(crate) step: Option<String>,
    /// It happened: go on with the next step. With its result as JSON, where later steps use it
    #[arg(long, value_name = "RESULT", num_args = 0..=1, default_missing_value = "", conflicts_with = "did_not_happen")]
    pub(crate) happened: Option<String>,
    /// It did not happen: do it
    #[arg(long)]
    pub(crate) did_not_happen: bool,
    /// Who says so; by default the operating system's user
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

/// Arguments of `runs list`.
#[derive(Args, Debug)]
pub(crate) struct RunsListArguments {
    /// Only of this recipe
    #[arg(long)]
    pub(crate) recipe: Option<String>,
    /// Only in this state: queued, ready, sleeping, waiting, needs_attention, succeeded, stopped, failed, cancelled
    #[arg(long)]
    pub(crate) status: Vec<String>,
    /// Only those that need a person, also where they still wait for something else
    #[arg(long)]
    pub(crate) needs_attention: bool,
    /// Only those that wait for an event, for another run, or for somebody's decision
    #[arg(long)]
    pub(crate) waiting: bool,
    /// Only about this record: its id
    #[arg(long)]
    pub(crate) record: Option<String>,
    /// Only about somebody: an e-mail address, a phone number, a name or an id that the event mentions, or another event
    /// about the same record
    #[arg(long, value_name = "WHO")]
    pub(crate) about: Option<String>,
    /// Only those that began then or later, such as `yesterday` or `2026-11-20`
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Only those that began before, such as `1 hour ago`
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
    /// At the most so many
    #[arg(long, default_value_t = 50, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) limit: usize,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `runs why`.
#[derive(Args, Debug)]
pub(crate) struct RunsWhyArguments {
    /// The recipe's id
    pub(crate) recipe: String,
    /// An e-mail address, a phone number, a name or an id that the event mentions, or another event about the same record
    pub(crate) who: String,
    /// Only events that came then or later, such as `yesterday` or `2026-11-20`
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// At the most so many events
    #[arg(long, default_value_t = 20, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) limit: usize,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `runs show`.
#[derive(Args, Debug)]
pub(crate) struct RunsShowArguments {
    /// The run's id, or its beginning
    pub(crate) run: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the run as a test of its recipe, with the people in it made up
    #[arg(long, conflicts_with = "json")]
    pub(crate) as_test: bool,
}
