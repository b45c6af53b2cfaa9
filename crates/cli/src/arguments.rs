//! What may be said on the command line. The texts here are the help that people read.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Bellhop runs recipes: when this happens in an app, do these steps.
#[derive(Debug, Parser)]
#[command(name = "bellhop", version, arg_required_else_help = true, propagate_version = true)]
pub(crate) struct Arguments {
    /// The workspace: the folder with bellhop.yaml and recipes/. By default this folder, or the nearest one above it that has a bellhop.yaml
    #[arg(long, short = 'C', global = true, value_name = "DIR")]
    pub(crate) workspace: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands, in the order in which a newcomer meets them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// See it work: a sandbox CRM, the engine and the shipped recipes; needs no account
    Demo(DemoArguments),
    /// Begin a workspace: bellhop.yaml, folders, schemas and editor settings; writes over nothing
    Init(InitArguments),
    /// Make a recipe from a template; asks for its inputs
    New(NewArguments),
    /// Bring recipes that were made from templates up to date; shows the difference and keeps the inputs
    Update(UpdateArguments),
    /// Find every problem in the recipes and the workspace
    Check(CheckArguments),
    /// Say what a problem's code means, with an example and its mended form
    Explain(ExplainArguments),
    /// Show what a recipe would do: a dry run that reads and writes nothing
    Plan(PlanArguments),
    /// Run the recipes' own tests, in the sandbox and with simulated time
    Test(TestArguments),
    /// Run one recipe once, now, and show each step
    Run(RunArguments),
    /// Take webhooks and run the recipes until stopped
    Serve(ServeArguments),
    /// Run the local CRM that behaves like HighLevel
    Sandbox(SandboxArguments),
    /// Look at what has run
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Look at what the apps can do
    #[command(subcommand)]
    Connectors(ConnectorsCommand),
    /// Show who changed what: decisions about runs, secrets, recipes that were taken, restores
    Audit(AuditArguments),
    /// Copy the store to a file, also while `serve` works on it
    Backup(BackupArguments),
    /// Put a copy of the store in its place; what may have gone on since then waits for a person
    Restore(RestoreArguments),
    /// Keep what opens the accounts: tokens, keys, secret addresses
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Draw a recipe
    Graph(GraphArguments),
    /// List the least permissions that recipes need, and why
    Scopes(ScopesArguments),
    /// Write the JSON Schemas that editors use
    Schema(SchemaArguments),
    /// Serve editors (language server)
    Lsp,
    /// Write the reference pages (for Bellhop's own documentation)
    #[command(hide = true)]
    Reference(ReferenceArguments),
}

/// Arguments of `demo`.
#[derive(Args, Debug)]
pub(crate) struct DemoArguments {
    /// Leave everything running and print the addresses; Ctrl-C ends it
    #[arg(long)]
    pub(crate) keep: bool,
}

/// Arguments of `init`.
#[derive(Args, Debug)]
pub(crate) struct InitArguments {
    /// The folder; by default this one
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

/// Arguments of `new`.
#[derive(Args, Debug)]
pub(crate) struct NewArguments {
    /// The template; without it you choose from the list
    pub(crate) template: Option<String>,
    /// The name of the recipe's file below recipes/; by default the template's
    pub(crate) name: Option<String>,
    /// An input. Users, tags, calendars and the like by name or by id; several with commas. May be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Choose from a sandbox CRM of its own with sample records instead of the account
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// List the templates with their inputs, and make nothing
    #[arg(long, conflicts_with_all = ["template", "name", "set", "sandbox"])]
    pub(crate) list: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `update`.
#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
pub(crate) struct UpdateArguments {
    /// Recipes, by id or file; by default all that were made from templates
    #[arg(value_name = "RECIPE")]
    pub(crate) recipes: Vec<String>,
    /// An input that the template has gained; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Write without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// Write nothing; exit 1 where something could be updated
    #[arg(long, conflicts_with_all = ["yes", "force", "set"])]
    pub(crate) check: bool,
    /// Update these recipes even where their steps were changed by hand; the changes are lost
    #[arg(long, requires = "recipes")]
    pub(crate) force: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `check`.
#[derive(Args, Debug)]
pub(crate) struct CheckArguments {
    /// Recipes or folders; by default everything in the workspace
    pub(crate) paths: Vec<PathBuf>,
    /// Mend what can be mended with certainty, and say what was changed; then check
    #[arg(long)]
    pub(crate) fix: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    /// The code, such as BH1305; without it all codes are listed
    pub(crate) code: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `plan`.
#[derive(Args, Debug)]
pub(crate) struct PlanArguments {
    /// The recipe: its id (`route-new-leads`) or its file
    pub(crate) recipe: String,
    /// A JSON file with what the recipe sees as `trigger`, or with a whole delivery of the app
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sample", "run"])]
    pub(crate) event: Option<PathBuf>,
    /// The sample of this event, such as contacts.contact_created; by default that of the recipe's first event
    #[arg(long, value_name = "EVENT", conflicts_with = "run")]
    pub(crate) sample: Option<String>,
    /// The event and the inputs of this past run
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// An input of the recipe; may be given several times
    #[arg(long = "input", value_name = "NAME=VALUE")]
    pub(crate) inputs: Vec<String>,
    /// How people answer what the recipe asks; without it nobody answers until the time is up
    #[arg(long, value_name = "YES_OR_NO", value_parser = ["yes", "no"])]
    pub(crate) answer: Option<String>,
    /// The events that the recipe waits for come, with these fields (`body=yes`); without it none comes until the time is up
    #[arg(long, value_name = "FIELD=VALUE", num_args = 0..=1, default_missing_value = "")]
    pub(crate) reply: Vec<String>,
    /// Read from a sandbox CRM of its own with sample records instead of the account
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `scopes`.
#[derive(Args, Debug)]
pub(crate) struct ScopesArguments {
    /// Recipes or folders; by default everything in the workspace
    pub(crate) paths: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `test`.
#[derive(Args, Debug)]
pub(crate) struct TestArguments {
    /// Files of tests, recipes or folders; by default recipes/*.test.yaml of the workspace
    pub(crate) paths: Vec<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the results to this file as well, as JUnit XML for build servers
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Stay, and run them again whenever a file of the workspace has changed; Ctrl-C ends it
    #[arg(long, conflicts_with = "json")]
    pub(crate) watch: bool,
}

/// Arguments of `run`.
#[derive(Args, Debug)]
pub(crate) struct RunArguments {
    /// The recipe: its id (`route-new-leads`) or its file
    pub(crate) recipe: String,
    /// A JSON file with what the recipe sees as `trigger`, or with a whole delivery of the app
    #[arg(long, value_name = "FILE", conflicts_with = "sample")]
    pub(crate) event: Option<PathBuf>,
    /// The sample of this event, such as contacts.contact_created
    #[arg(long, value_name = "EVENT")]
    pub(crate) sample: Option<String>,
    /// An input of the recipe; may be given several times
    #[arg(long = "input", value_name = "NAME=VALUE")]
    pub(crate) inputs: Vec<String>,
    /// Print the finished run as JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `serve`.
#[derive(Args, Debug)]
pub(crate) struct ServeArguments {
    /// Where to listen, over what bellhop.yaml says
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// How to write the log
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub(crate) log: LogForm,
}

/// Forms of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogForm {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

/// Arguments of `sandbox`.
#[derive(Args, Debug)]
pub(crate) struct SandboxArguments {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8610")]
    pub(crate) listen: SocketAddr,
    /// Where to send webhooks; without it none are sent
    #[arg(long, value_name = "URL")]
    pub(crate) webhooks_to: Option<String>,
    /// A JSON file with records to begin with, instead of the sample ones
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    /// A fault to play, such as "429@POST /contacts/:id/tags*2"; may be given several times
    #[arg(long = "fault", value_name = "FAULT")]
    pub(crate) faults: Vec<String>,
}

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
    /// Only those that need a person
    #[arg(long)]
    pub(crate) needs_attention: bool,
    /// Only those that wait for an event, for another run, or for somebody's decision
    #[arg(long)]
    pub(crate) waiting: bool,
    /// Only about this record: its id
    #[arg(long)]
    pub(crate) record: Option<String>,
    /// Only about somebody: an e-mail address, a phone number, a name or an id that the event mentions
    #[arg(long, value_name = "WHO")]
    pub(crate) about: Option<String>,
    /// Only those that began then or later, such as `yesterday` or `2026-11-20`
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Only those that began before, such as `1 hour ago`
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
    /// At the most so many
    #[arg(long, default_value_t = 50)]
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
    /// An e-mail address, a phone number, a name or an id that the event mentions
    pub(crate) who: String,
    /// Only events that came then or later, such as `yesterday` or `2026-11-20`
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// At the most so many events
    #[arg(long, default_value_t = 20)]
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

/// Commands below `connectors`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectorsCommand {
    /// The apps
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// An app's operations and events, or one of them
    Show {
        /// `contacts`, `contacts.add_tags` or `contacts.contact_created`
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Arguments of `audit`.
#[derive(Args, Debug)]
pub(crate) struct AuditArguments {
    /// Only what was done then or later, such as `yesterday` or `2026-11-20`
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `backup`.
#[derive(Args, Debug)]
pub(crate) struct BackupArguments {
    /// The file to make; it must not be there yet
    pub(crate) file: PathBuf,
}

/// Arguments of `restore`.
#[derive(Args, Debug)]
pub(crate) struct RestoreArguments {
    /// The copy
    pub(crate) file: PathBuf,
    /// Who restores it; by default the operating system's user
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

/// Commands below `secrets`.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Keep a secret, sealed; it is typed unseen, or read from standard input
    Set {
        /// Its name, as `bellhop.yaml` says it: `{ secret: NAME }`
        name: String,
        /// Who keeps it; by default the operating system's user
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
    /// The names of the secrets, how they are kept, and which connection needs them
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Forget a secret
    Rm {
        /// Its name
        name: String,
        /// Who forgets it; by default the operating system's user
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
}

/// Arguments of `graph`.
#[derive(Args, Debug)]
pub(crate) struct GraphArguments {
    /// The recipe: its id or its file
    pub(crate) recipe: String,
    /// How to draw it
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub(crate) format: GraphForm,
    /// Print the recipe's outline as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Forms of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphForm {
    /// An outline for the terminal
    Text,
    /// Mermaid, for Markdown pages
    Mermaid,
    /// A picture
    Svg,
}

/// Arguments of `schema`.
#[derive(Args, Debug)]
pub(crate) struct SchemaArguments {
    /// The folder to write to; without it the recipe schema is printed
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Write nothing; say whether the folder is up to date
    #[arg(long, requires = "out")]
    pub(crate) check: bool,
}

/// Arguments of `reference`.
#[derive(Args, Debug)]
pub(crate) struct ReferenceArguments {
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Write nothing; say whether the folder is up to date
    #[arg(long)]
    pub(crate) check: bool,
}
