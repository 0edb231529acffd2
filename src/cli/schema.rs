//! `cachegen schema`: what a values file may say, for editors.

use super::Verdict;
use super::inputs::Stop;
use super::output::Console;
use crate::values::json_schema::json_schema;
use crate::yaml::write_json;

/// Write the JSON Schema of the values, for editors
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: &Args, console: &mut Console) -> Result<Verdict, Stop> {
    let mut text = String::new();
    write_json(&json_schema(), 0, &mut text);
    text.push('\n');
    console.data(&text)?;
    Ok(Verdict::Fine)
}
