//! `cachegen secret`: one Secret with random passwords. The only randomness of the program.

use rand::TryRng;
use rand::rngs::SysRng;

use super::Verdict;
use super::inputs::{InputArgs, Stop};
use super::output::Console;
use crate::error::Error;
use crate::tier::SecretModel;
use crate::yaml::Mapping;

/// Characters of a password.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Characters in a password: 190 bits of randomness.
const LENGTH: usize = 32;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: InputArgs,
    /// Write the passwords to a terminal
    #[arg(long)]
    show: bool,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Verdict, Stop> {
    let inputs = args.inputs.resolve()?;
    let refuse = |message: &str, help: &str| {
        Err(Stop::Error(Error::Usage {
            message: message.to_owned(),
            help: Some(help.to_owned()),
        }))
    };
    let Some(cache) = &inputs.tier.cache else {
        return refuse(
            "there is no tier, and so no password",
            "use the profile `standard`",
        );
    };
    match cache.secret.model {
        SecretModel::Referenced | SecretModel::Existing => {}
        SecretModel::External => {
            return refuse(
                &format!(
                    "`externalSecrets.enabled` is set: the operator makes the Secret {}, and would overwrite this one",
                    cache.secret.name
                ),
                "put the password into the external store",
            );
        }
        SecretModel::Inline => {
            return refuse(
                "`valkey.password.value` is set: the render makes the Secret itself",
                "leave `valkey.password.value` out",
            );
        }
    }
    if console.is_terminal() && !args.show {
        return refuse(
            "passwords are not written to a terminal",
            "pipe them: `cachegen secret | kubectl create -f -`; or add `--show`",
        );
    }
    let mut data = Mapping::default();
    for key in cache.secret.keys.distinct() {
        data.insert(key, crate::tier::base64(password()?.as_bytes()));
    }
    console.data(&crate::render::secret(&inputs.tier, &data)?.to_yaml())?;
    Ok(Verdict::Fine)
}

/// Draws a password from the operating system's generator, each character equally likely.
fn password() -> Result<String, Error> {
    // A byte below the largest multiple of 62 keeps every character equally likely; others are drawn again.
    const FAIR: u8 = (256 / ALPHABET.len() * ALPHABET.len()) as u8;
    let mut password = String::with_capacity(LENGTH);
    let mut bytes = [0; 2 * LENGTH];
    while password.len() < LENGTH {
        SysRng
            .try_fill_bytes(&mut bytes)
            .map_err(|error| Error::Randomness {
                message: error.to_string(),
            })?;
        let fair = bytes
            .iter()
            .filter(|byte| **byte < FAIR)
            .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
        password.extend(fair.take(LENGTH - password.len()));
    }
    Ok(password)
}
