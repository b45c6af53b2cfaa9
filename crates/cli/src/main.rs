//! The binary `bellhop`: arguments, composition, exit codes, and words for people.
//!
//! Data goes to stdout, everything else to stderr. Start at [`arguments`], then the file named after the command;
//! `compose` puts the rooms together.

#![allow(clippy::disallowed_macros, reason = "this is the room that speaks to the terminal")]

mod alerts;
mod alone;
mod arguments;
mod attend;
mod audit;
mod backup;
mod check;
mod codes;
mod compose;
mod connectors;
mod demo;
mod dumps;
mod explain;
mod figures;
mod fix;
mod follow;
mod gallery;
mod generated;
mod graph;
mod history;
mod init;
mod library;
mod lsp;
mod new;
mod output;
mod plan;
mod recipes;
mod reference;
mod reload;
mod retention;
mod run;
mod runs;
mod sandbox;
mod schema;
mod scopes;
mod secrets;
mod serve;
mod signal;
mod traces;
mod trials;
mod trouble;
mod watched;
mod workspace;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};
use crate::trouble::{Ending, Trouble};

/// A third less processor time and memory than with the C library's own; the figures are in `docs/benchmarks.md`.
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    dumps::forbid();
    output::mind();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // Nothing can be done for a person whose terminal is gone.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match dispatch(arguments) {
        Ok(ending) => ending.into(),
        Err(trouble) => {
            let red = anstyle::AnsiColor::Red.on_default().bold();
            anstream::eprintln!("{red}error:{red:#} {trouble}");
            ExitCode::from(2)
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<Ending, Trouble> {
    let asked = arguments.workspace.as_deref();
    match arguments.command {
        Command::Check(check) => check::check(&check, asked),
        Command::Init(init) => init::init(&init, asked),
        Command::Explain(explain) => explain::explain(&explain),
        Command::Graph(graph) => graph::draw(&graph, asked),
        Command::Scopes(scopes) => scopes::scopes(&scopes, asked),
        Command::Schema(schema) => schema::schema(&schema, asked),
        Command::Connectors(command) => connectors::connectors(&command, asked),
        Command::Audit(audit) => audit::audit(&audit, asked),
        Command::Backup(backup) => backup::backup(&backup, asked),
        Command::Restore(restore) => backup::restore(&restore, asked),
        Command::Secrets(command) => secrets::secrets(&command, asked),
        Command::Lsp => lsp::lsp(asked),
        Command::Reference(reference) => reference::reference(&reference),
        Command::Runs(command) => runtime()?.block_on(runs::runs(command, asked)),
        Command::Sandbox(sandbox) => runtime()?.block_on(sandbox::sandbox(sandbox)),
        Command::Test(test) => runtime()?.block_on(trials::test(&test, asked)),
        Command::Demo(demo) => runtime()?.block_on(demo::demo(demo, asked)),
        Command::New(new) => runtime()?.block_on(new::new(new, asked)),
        Command::Update(update) => runtime()?.block_on(new::update::update(update, asked)),
        Command::Plan(plan) => runtime()?.block_on(plan::plan(plan, asked)),
        Command::Run(run) => runtime()?.block_on(run::run(run, asked)),
        Command::Serve(serve) => runtime()?.block_on(serve::serve(serve, asked)),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Trouble> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Trouble::new(format!("The system gives no threads: {error}.")))
}
