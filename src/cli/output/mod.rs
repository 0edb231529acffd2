//! The only place that prints and writes: data to stdout or into a directory, words to stderr.

pub(super) mod files;

use std::error::Error as _;
use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use clap::ValueEnum;

use super::inputs::Stop;
use super::{masked, report};
use crate::error::Error;

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Where the program's words and data go.
pub(super) struct Console {
    color: ColorChoice,
    is_colored: bool,
    is_verbose: bool,
    is_quiet: bool,
}

impl Console {
    pub(super) fn new(color: ColorChoice, is_verbose: bool, is_quiet: bool) -> Self {
        Self {
            color,
            is_colored: is_colored(color, || std::io::stderr().is_terminal()),
            is_verbose,
            is_quiet,
        }
    }

    /// Tells whether data that people read is coloured.
    pub(super) fn colors_data(&self) -> bool {
        is_colored(self.color, || self.is_terminal())
    }

    /// Tells whether data would be written to a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// Tells whether notes beside the data are wanted.
    pub(super) fn wants_notes(&self) -> bool {
        !self.is_quiet && (self.is_verbose || std::io::stderr().is_terminal())
    }

    /// Writes data to stdout. A reader that has closed the pipe has had enough.
    pub(super) fn data(&mut self, text: &str) -> Result<(), Error> {
        let mut stdout = std::io::stdout().lock();
        match stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
        {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(not_printed(error)),
            _ => Ok(()),
        }
    }

    /// Writes a note to stderr.
    pub(super) fn note(&mut self, text: &str) {
        self.words(&format!("note: {text}\n"));
    }

    /// Writes what was done to stderr, unless only what is wrong is asked for.
    pub(super) fn done(&mut self, text: &str) {
        if !self.is_quiet {
            self.words(text);
        }
    }

    /// Writes why the program stopped to stderr.
    pub(super) fn report(&mut self, stop: &Stop) {
        let text = match stop {
            Stop::Findings(findings, effective) => {
                report::findings(findings, effective, self.is_colored)
            }
            Stop::Error(error) => {
                let mut text = format!("error: {error}");
                let mut cause = error.source();
                while let Some(error) = cause {
                    text += &format!(": {error}");
                    cause = error.source();
                }
                if let Error::Usage {
                    help: Some(help), ..
                } = error
                {
                    text += &format!("\nhelp: {help}");
                }
                without_arguments(&text) + "\n"
            }
        };
        self.words(&text);
    }

    /// Writes words to stderr.
    pub(super) fn words(&mut self, text: &str) {
        // Where stderr is gone there is no one left to tell.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

/// Writes what the arguments alone lead to: help, the version, or what is wrong with them. Returns the exit code.
pub(super) fn words_of_arguments(words: &clap::Error) -> ExitCode {
    let plain = words.render().to_string();
    let shown = without_arguments(&plain);
    if shown != plain {
        Console::new(ColorChoice::Never, false, false).words(&shown);
        return ExitCode::from(2);
    }
    match words.print() {
        Err(error) if !words.use_stderr() && error.kind() != ErrorKind::BrokenPipe => {
            let stop = Stop::Error(not_printed(error));
            Console::new(ColorChoice::Auto, false, false).report(&stop);
            ExitCode::from(2)
        }
        _ => ExitCode::from(u8::try_from(words.exit_code()).unwrap_or(2)),
    }
}

/// Masks the arguments that set a secret and were taken for something else, as behind a forgotten `--set`.
fn without_arguments(text: &str) -> String {
    std::env::args_os().fold(text.to_owned(), |text, argument| {
        match argument.to_str().and_then(masked::argument) {
            Some((whole, masked)) => text.replace(whole, &masked),
            None => text,
        }
    })
}

fn not_printed(source: std::io::Error) -> Error {
    Error::Write {
        target: "standard output".to_owned(),
        source,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "NO_COLOR is a wish about words, not about data"
)]
fn is_colored(color: ColorChoice, is_terminal: impl Fn() -> bool) -> bool {
    match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    }
}
