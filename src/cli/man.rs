//! `cachegen man`: the manual pages, made from what the command line says of itself.

use clap::CommandFactory;

use super::inputs::Stop;
use super::output::Console;
use super::{Arguments, Verdict};
use crate::diagnostic::nearest;
use crate::error::Error;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Command to write the page of; without one, the page of the program
    command: Option<String>,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Verdict, Stop> {
    let mut program = Arguments::command();
    program.build();
    let command = match &args.command {
        None => program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command.clone(),
            None => return Err(unknown(name, &program).into()),
        },
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .source(format!("cachegen {}", env!("CARGO_PKG_VERSION")))
        .render(&mut page)
        .expect("a vector takes everything");
    console.data(&String::from_utf8_lossy(&page))?;
    Ok(Verdict::Fine)
}

fn unknown(name: &str, program: &clap::Command) -> Error {
    let names: Vec<&str> = program
        .get_subcommands()
        .map(clap::Command::get_name)
        .collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(name) => format!("a command with a similar name exists: `{name}`"),
        None => format!("the commands are {}", names.join(", ")),
    };
    Error::Usage {
        message: format!("there is no command `{name}`"),
        help: Some(help),
    }
}
