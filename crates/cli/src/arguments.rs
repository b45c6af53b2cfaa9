//! What may be said on the command line. The texts here are the help that people read. Start at [`Command`]; the arguments of
//! most commands stand by what they are about.

mod keeping;
mod recipes;
mod runs;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::keeping::{AuditArguments, BackupArguments, RestoreArguments, SecretsCommand};
pub(crate) use self::recipes::{
    CheckArguments, ExplainArguments, GraphArguments, GraphForm, NewArguments, PlanArguments, RunArguments,
    ScopesArguments, TestArguments, UpdateArguments,
};
pub(crate) use self::runs::{
    ApproveArguments, CompletenessArguments, ForecastArguments, ResolveArguments, RunsCommand,
    RunsListArguments, RunsShowArguments, RunsWhyArguments,
};

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
    /// Show what a recipe would do: a dry run: it reads, and writes nothing
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
    /// A habit of the real service, such as "index-delay=3s" or "reorder-webhooks"; may be given several times
    #[arg(long = "quirk", value_name = "QUIRK")]
    pub(crate) quirks: Vec<String>,
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
