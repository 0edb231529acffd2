//! A client of the servers' protocol that sends exactly the bytes it is given.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::roots;

/// A connection through the pipes of a program that relays them.
pub(super) struct Client {
    relay: Child,
    requests: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
}

/// What a server answers.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Reply {
    Status(String),
    Error(String),
    Integer(i64),
    Bytes(Vec<u8>),
    List(Vec<Reply>),
    Nothing,
}

impl Client {
    /// Starts the relay.
    pub(super) fn new(mut relay: Command) -> Self {
        let mut relay = roots::spawn(
            relay
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        );
        let requests = relay.stdin.take();
        let replies = BufReader::new(relay.stdout.take().expect("standard output is a pipe"));
        Self {
            relay,
            requests,
            replies,
        }
    }

    /// Sends a command and returns the answer.
    pub(super) fn call<A: AsRef<[u8]>>(&mut self, command: &[A]) -> Reply {
        self.send(command);
        self.reply()
    }

    /// Returns what the server says that a directive is.
    pub(super) fn config(&mut self, name: &str) -> String {
        match self.call(&["CONFIG", "GET", name]) {
            Reply::List(pair) if pair.len() == 2 => pair[1].text(),
            other => panic!("the server does not know `{name}`: {other:?}"),
        }
    }

    /// Sends a command and returns the answer, or nothing where the server is gone.
    pub(super) fn ask<A: AsRef<[u8]>>(&mut self, command: &[A]) -> Option<Reply> {
        self.try_send(command).ok()?;
        let is_there = self.replies.fill_buf().is_ok_and(|bytes| !bytes.is_empty());
        is_there.then(|| self.reply())
    }

    /// Sends a command and does not wait for the answer.
    pub(super) fn send<A: AsRef<[u8]>>(&mut self, command: &[A]) {
        self.try_send(command).expect("the server takes requests");
    }

    fn try_send<A: AsRef<[u8]>>(&mut self, command: &[A]) -> io::Result<()> {
        let mut request = format!("*{}\r\n", command.len()).into_bytes();
        for argument in command {
            let argument = argument.as_ref();
            request.extend(format!("${}\r\n", argument.len()).bytes());
            request.extend(argument);
            request.extend(b"\r\n");
        }
        self.requests
            .as_mut()
            .expect("standard input is a pipe")
            .write_all(&request)
    }

    /// Authenticates; panics unless the server accepts it.
    pub(super) fn login(mut self, user: &str, password: &[u8]) -> Self {
        let reply = self.call(&[b"AUTH".as_slice(), user.as_bytes(), password]);
        assert_eq!(reply, Reply::ok(), "AUTH as {user}");
        self
    }

    fn reply(&mut self) -> Reply {
        let line = self.line();
        let (kind, rest) = line.split_at(1);
        match kind {
            "+" => Reply::Status(rest.to_owned()),
            "-" => Reply::Error(rest.to_owned()),
            ":" => Reply::Integer(rest.parse().expect("an integer is a number")),
            "$" => match rest.parse::<usize>() {
                Ok(length) => {
                    let mut bytes = vec![0; length + 2];
                    self.replies
                        .read_exact(&mut bytes)
                        .expect("the server sends what it announced");
                    bytes.truncate(length);
                    Reply::Bytes(bytes)
                }
                Err(_) => Reply::Nothing,
            },
            "*" => match rest.parse::<usize>() {
                Ok(length) => Reply::List((0..length).map(|_| self.reply()).collect()),
                Err(_) => Reply::Nothing,
            },
            _ => panic!("not an answer: {line}"),
        }
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.replies
            .read_until(b'\n', &mut line)
            .expect("the relay can be read");
        assert!(
            line.ends_with(b"\r\n"),
            "the connection ended after {line:?}"
        );
        line.truncate(line.len() - 2);
        String::from_utf8(line).expect("a status is text")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It ends with its input. Killing it would leave what it started to the machine's first process, and the pod's
        // namespace would wait for that one to notice.
        drop(self.requests.take());
        drop(self.relay.wait());
    }
}

impl Reply {
    /// Returns `+OK`.
    pub(super) fn ok() -> Self {
        Self::Status("OK".to_owned())
    }

    /// Returns whether it is an error with a code, as `NOPERM`.
    pub(super) fn is_error(&self, code: &str) -> bool {
        matches!(self, Self::Error(text) if text.split(' ').next() == Some(code))
    }

    /// Returns the bytes as text.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => panic!("not a string: {other:?}"),
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(text) => write!(out, "+{text}"),
            Self::Error(text) => write!(out, "-{text}"),
            Self::Integer(number) => write!(out, ":{number}"),
            Self::Bytes(bytes) => write!(out, "\"{}\"", bytes.escape_ascii()),
            Self::List(list) => out.debug_list().entries(list).finish(),
            Self::Nothing => out.write_str("nil"),
        }
    }
}
