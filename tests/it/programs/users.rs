//! Of every command that the server has, each user may run exactly what it is for. The server is asked (`ACL DRYRUN`), a
//! command at a time.

use std::collections::BTreeSet;
use std::time::Duration;

use super::client::{Client, Reply};
use super::manifest::{Manifest, Secret, container, elements, integer};
use super::pod::Userland;
use super::servers::{Server, administrator, application, on_every_server};
use super::wait_for;

/// What every user may, also before it has said who it is.
const WITHOUT_A_USER: &[&str] = &["auth", "hello", "quit", "reset"];

/// What the application may not, with all that is in it.
const NOT_THE_APPLICATIONS: &[&str] = &[
    "acl",
    "bgrewriteaof",
    "config",
    "debug",
    "failover",
    "module",
    "replicaof",
    "save",
    "shutdown",
    "slaveof",
];

/// Users who may do what is listed, and nothing else.
const HELPERS: &[(&str, &[&str])] = &[
    (
        "exporter",
        &[
            "client|setname",
            "config|get",
            "info",
            "latency|histogram",
            "latency|latest",
            "ping",
            "select",
            "slowlog|get",
            "slowlog|len",
        ],
    ),
    ("backup", &["ping", "replconf", "sync"]),
    ("probe", &["ping"]),
];

on_every_server!(
    every_command_is_for_whom_it_is_meant,
    there_is_no_administrator_without_a_password,
    the_applications_password_is_enough,
);

/// A command with its arguments, as few as there can be.
struct Command {
    name: String,
    words: Vec<String>,
}

pub(super) fn every_command_is_for_whom_it_is_meant(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    let _running = pod.start_ready();
    let mut client = administrator(&pod, &secret);
    let commands = commands(&mut client);
    assert!(commands.len() > 250, "{}", commands.len());
    let everything: BTreeSet<&str> = commands
        .iter()
        .map(|command| command.name.as_str())
        .collect();

    assert_eq!(allowed(&mut client, "admin", &commands), everything);
    let denied = |name: &str| {
        let container = name.split('|').next().unwrap_or(name);
        NOT_THE_APPLICATIONS.contains(&container)
    };
    let applications: BTreeSet<&str> = everything
        .iter()
        .copied()
        .filter(|name| !denied(name))
        .collect();
    assert_eq!(allowed(&mut client, "default", &commands), applications);
    for (user, meant) in HELPERS {
        let mut may = allowed(&mut client, user, &commands);
        may.retain(|name| !WITHOUT_A_USER.contains(name));
        assert_eq!(may, meant.iter().copied().collect(), "{user}");
    }
    // What they send to be restored is looked at first, where the server is told to.
    for user in ["default", "admin"] {
        let said = format!("{:?}", client.call(&["ACL", "GETUSER", user]));
        assert!(said.contains("\"sanitize-payload\""), "{said}");
    }
    // Nor may they see a key or a channel.
    for (user, _) in HELPERS {
        let reply = client.call(&["ACL", "GETUSER", user]);
        let Reply::List(fields) = reply else {
            panic!("{user}: {reply:?}")
        };
        for field in ["keys", "channels"] {
            let at = fields
                .iter()
                .position(|name| *name == Reply::Bytes(field.into()));
            let at = at.unwrap_or_else(|| panic!("{user}: {fields:?}"));
            assert_eq!(fields[at + 1], Reply::Bytes(Vec::new()), "{user}: {field}");
        }
    }
}

/// Every command of the server that is no mere container of others.
fn commands(client: &mut Client) -> Vec<Command> {
    let Reply::List(list) = client.call(&["COMMAND"]) else {
        panic!("the server has commands")
    };
    let mut found = Vec::new();
    for entry in &list {
        leaves(entry, &mut found);
    }
    found
}

fn leaves(entry: &Reply, found: &mut Vec<Command>) {
    let Reply::List(fields) = entry else {
        panic!("not a command: {entry:?}")
    };
    // Name, arity, flags, first key, last key, step, categories, tips, keys, subcommands.
    let subcommands = match &fields[9] {
        Reply::List(subcommands) => subcommands.as_slice(),
        other => panic!("not subcommands: {other:?}"),
    };
    if !subcommands.is_empty() {
        for subcommand in subcommands {
            leaves(subcommand, found);
        }
        return;
    }
    let name = fields[0].text();
    let Reply::Integer(arity) = fields[1] else {
        panic!("not an arity: {:?}", fields[1])
    };
    let mut words: Vec<String> = name.split('|').map(str::to_owned).collect();
    let least = usize::try_from(arity.unsigned_abs()).expect("an arity is small");
    // A number, as the count of keys is one for some.
    words.resize(least.max(words.len()), "1".to_owned());
    found.push(Command { name, words });
}

/// The commands that a user may run, on whichever keys.
fn allowed<'c>(client: &mut Client, user: &str, commands: &'c [Command]) -> BTreeSet<&'c str> {
    let mut may = BTreeSet::new();
    for command in commands {
        let mut asked = vec!["ACL", "DRYRUN", user];
        asked.extend(command.words.iter().map(String::as_str));
        let said = match client.call(&asked) {
            Reply::Status(text) => text,
            Reply::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            other => panic!("{asked:?}: {other:?}"),
        };
        if !said.contains("has no permissions to run") {
            may.insert(command.name.as_str());
        }
    }
    may
}

pub(super) fn there_is_no_administrator_without_a_password(server: &Server) {
    let arguments = server.arguments(&[]);
    let manifest = Manifest::render(&arguments);
    let mut secret = Secret::generate(&arguments);
    let bytes = secret
        .data
        .remove("admin-password")
        .expect("there is one to remove");
    let pod = server.pod_of(&manifest, &secret, Userland::Debian);
    let _running = pod.start_ready();
    assert!(!pod.read("run", "auth.conf").contains("user admin "));
    for password in [bytes.as_slice(), b"", b"admin"] {
        let reply = pod
            .connect()
            .call(&[b"AUTH".as_slice(), b"admin", password]);
        assert!(reply.is_error("WRONGPASS"), "{reply:?}");
    }
}

/// Who has a Secret of one key has a server, and an exporter that lives and says that it may not look.
pub(super) fn the_applications_password_is_enough(server: &Server) {
    let arguments = server.arguments(&[]);
    let manifest = Manifest::render(&arguments);
    let mut secret = Secret::generate(&arguments);
    secret.data.retain(|key, _| key == "password");
    let pod = server.pod_of(&manifest, &secret, Userland::Debian);
    let _running = pod.start_ready();
    let _exporter = pod.start_beside("redis-exporter");
    let reply = application(&pod, &secret).call(&["SET", "k", "v"]);
    assert_eq!(reply, Reply::ok());
    let spec = &manifest.only("StatefulSet")["spec"]["template"]["spec"];
    let exporter = container(spec, "redis-exporter");
    let port = integer(&elements(&exporter["ports"])[0]["containerPort"]);
    let metrics = format!("http://127.0.0.1:{port}/metrics");
    let moment = Duration::from_secs(10);
    let text = wait_for("the exporter", moment, || pod.fetch(&metrics, moment));
    assert!(text.contains("\nredis_up 0\n"), "{text}");
}
