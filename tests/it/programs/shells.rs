//! What the program writes for shells and for `man` is read by the real ones.

use super::roots::Suite;
use crate::support::{refused, run};

/// Returns what completes the words of a shell.
fn script(shell: &str) -> String {
    run(&["completions", shell]).stdout
}

/// Writes a script beside the questions that it is asked, and runs it with a shell of the installation.
fn ask(shell: &str, options: &[&str], questions: &str) -> String {
    let arguments = [options, &["-c", questions]].concat();
    let output = Suite::Trixie.run(shell, &arguments, script(shell).as_bytes());
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    assert!(
        output.status.success() && stderr.is_empty(),
        "{shell}: {stderr}"
    );
    stdout
}

#[test]
#[ignore = "needs bash"]
fn bash_completes_commands_and_flags() {
    let said = ask(
        "bash",
        &["--norc"],
        r#"eval "$(cat)"
COMP_WORDS=(cachegen li) COMP_CWORD=1; _cachegen cachegen li cachegen; echo "${COMPREPLY[*]}"
COMP_WORDS=(cachegen lint --fail) COMP_CWORD=2; _cachegen cachegen --fail lint; echo "${COMPREPLY[*]}"
COMP_WORDS=(cachegen lint --fail-on w) COMP_CWORD=3; _cachegen cachegen w --fail-on; echo "${COMPREPLY[*]}"
COMP_WORDS=(cachegen lint --explain password-r) COMP_CWORD=3; _cachegen cachegen password-r --explain; echo "${COMPREPLY[*]}""#,
    );
    assert_eq!(said, "lint\n--fail-on\nwarning\npassword-reused\n");
}

#[test]
#[ignore = "needs zsh"]
fn zsh_loads_the_function() {
    let said = ask(
        "zsh",
        &["-f"],
        "autoload -U compinit; compinit -D -u; eval \"$(cat)\"; whence -w _cachegen; print $_comps[cachegen]; whence -w _cachegen__subcmd__lint_commands",
    );
    assert_eq!(
        said,
        "_cachegen: function\n_cachegen\n_cachegen__subcmd__lint_commands: function\n"
    );
}

#[test]
#[ignore = "needs fish"]
fn fish_completes_commands_and_flags() {
    let said = ask(
        "fish",
        &["--no-config"],
        "source; complete -C 'cachegen li'; complete -C 'cachegen lint --fail-o'; complete -C 'cachegen lint --allow password-r'",
    );
    let words: Vec<&str> = said
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    assert_eq!(words, ["lint", "--fail-on", "password-reused"], "{said}");
}

#[test]
#[ignore = "needs mandoc"]
fn every_manual_page_is_read_without_a_fault() {
    for command in [
        None,
        Some("render"),
        Some("secret"),
        Some("lint"),
        Some("completions"),
        Some("man"),
    ] {
        let page = run(&[&["man"][..], command.as_slice()].concat()).stdout;
        let output = Suite::Trixie.run("mandoc", &["-Tutf8", "-Werror"], page.as_bytes());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {said}");
        // Bold is a letter struck twice.
        let mut plain = String::new();
        for letter in text.chars() {
            if letter == '\u{8}' {
                plain.pop();
            } else {
                plain.push(letter);
            }
        }
        assert!(
            plain.contains("NAME") && plain.contains("OPTIONS"),
            "{plain}"
        );
        assert!(
            command != Some("lint") || plain.contains("--fail-on"),
            "{plain}"
        );
    }
    assert!(refused(&["man", "lnit"]).contains("a command with a similar name exists: `lint`"));
}
