//! `cachegen schema`: what a values file may say, for editors.

use super::Verdict;
use super::inputs::Stop;
use super::output::Console;
use crate::values::json_schema::json_schema;
use crate::yaml::json_lines;

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: &Args, console: &mut Console) -> Result<Verdict, Stop> {
    console.data(&json_lines(&json_schema()))?;
    Ok(Verdict::Fine)
}
