//! `cachegen completions`: what a shell reads to complete commands and flags.

use clap::{CommandFactory, ValueEnum};

use super::inputs::Stop;
use super::output::Console;
use super::{Arguments, Verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// A shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// `source <(cachegen completions bash)`
    Bash,
    /// A file `_cachegen` in a directory of `fpath`
    Zsh,
    /// `cachegen completions fish | source`
    Fish,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Verdict, Stop> {
    use clap_complete::{generate, shells};
    let mut script = Vec::new();
    let mut command = Arguments::command();
    match args.shell {
        Shell::Bash => generate(shells::Bash, &mut command, "cachegen", &mut script),
        Shell::Zsh => generate(shells::Zsh, &mut command, "cachegen", &mut script),
        Shell::Fish => generate(shells::Fish, &mut command, "cachegen", &mut script),
    }
    console.data(&String::from_utf8_lossy(&script))?;
    Ok(Verdict::Fine)
}
