//! The integration tests: one binary, a module a subject. Those that need real programs are ignored unless asked for.

mod backup;
mod checksums;
mod cli;
mod house;
mod inputs;
mod mistakes;
mod monitoring;
mod programs;
mod readme;
mod snapshots;
mod support;
mod writing;
