//! The command line: what can be typed, and which command runs. No rule about values or objects.

mod against;
mod check;
mod completions;
mod deferred;
pub mod diff;
mod explain;
mod inputs;
pub mod lint;
mod man;
mod masked;
mod origins;
mod output;
mod past;
mod project;
mod render;
pub mod report;
mod schema;
mod secret;
mod target;
mod templates;
mod values;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use deferred::Deferred;
use output::ColorChoice;

/// Turn values into the Kubernetes manifests of a Redis or Valkey cache tier
#[derive(Debug, Parser)]
#[command(
    name = "cachegen",
    version = env!("CACHEGEN_VERSION"),
    max_term_width = 100,
    disable_help_subcommand = true
)]
struct Arguments {
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: ColorChoice,
    /// Say more on stderr
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// Say nothing on stderr but what is wrong
    #[arg(short, long, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Render the manifests of one cache tier
    Render(Deferred<render::Args>),
    /// Make a Secret with random passwords, under the name and keys that the render references
    Secret(Deferred<secret::Args>),
    /// Say what should be otherwise in the values of a cache tier
    Lint(Deferred<lint::Args>),
    /// Say what a change does before it is applied
    Diff(Deferred<diff::Args>),
    /// Say whether committed manifests are what the inputs render to
    Check(Deferred<check::Args>),
    /// Write the values that all layers come to
    Values(Deferred<values::Args>),
    /// Say why a field of the manifests is what it is, or why it is not there
    Explain(Deferred<explain::Args>),
    /// Write the JSON Schema of the values, for editors
    Schema(Deferred<schema::Args>),
    /// Write what a shell reads to complete commands and flags
    Completions(Deferred<completions::Args>),
    /// Write a manual page
    Man(Deferred<man::Args>),
}

/// What a command that did its work has to say to whoever called it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// All is well: exit code 0.
    Fine,
    /// There are differences or findings: exit code 1.
    Found,
}

impl Verdict {
    fn of(is_found: bool) -> Self {
        if is_found { Self::Found } else { Self::Fine }
    }
}

/// Tells whether a command line can be read, for whoever measures that alone.
pub fn takes<'a>(line: impl IntoIterator<Item = &'a str>) -> bool {
    Arguments::try_parse_from(line).is_ok()
}

/// Runs the program: 0 where all is well, 1 where it has found something, 2 where it could not do its work.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(words) => return output::words_of_arguments(&words),
    };
    let mut console = output::Console::new(arguments.color, arguments.verbose, arguments.quiet);
    let outcome = match arguments.command {
        Command::Render(args) => render::run(&args.0, &mut console),
        Command::Secret(args) => secret::run(&args.0, &mut console),
        Command::Lint(args) => lint::run(&args.0, &mut console),
        Command::Diff(args) => diff::run(&args.0, &mut console),
        Command::Check(args) => check::run(&args.0, &mut console),
        Command::Values(args) => values::run(&args.0, &mut console),
        Command::Explain(args) => explain::run(&args.0, &mut console),
        Command::Schema(args) => schema::run(&args.0, &mut console),
        Command::Completions(args) => completions::run(&args.0, &mut console),
        Command::Man(args) => man::run(&args.0, &mut console),
    };
    match outcome {
        Ok(Verdict::Fine) => ExitCode::SUCCESS,
        Ok(Verdict::Found) => ExitCode::from(1),
        Err(stop) => {
            console.report(&stop);
            ExitCode::from(2)
        }
    }
}
