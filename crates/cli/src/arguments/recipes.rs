//! Arguments of the commands that make recipes, look at them and try them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

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

/// Arguments of `scopes`.
#[derive(Args, Debug)]
pub(crate) struct ScopesArguments {
    /// Recipes or folders; by default everything in the workspace
    pub(crate) paths: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
