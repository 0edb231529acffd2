//! The integration tests: one binary, a module a subject. Those that need real programs are ignored unless asked for.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed, and has files and a clock"
)]

mod backup;
mod bombs;
mod canary;
mod check;
mod checksums;
mod cli;
mod consequences;
mod data_risk;
mod departures;
mod diff;
mod differences;
mod effects;
mod examples;
mod explain;
mod faults;
mod fuzz;
mod helm;
mod hostile;
mod house;
mod inputs;
mod kubernetes;
mod limits;
mod lint;
mod mistakes;
mod monitoring;
mod output;
mod planting;
mod programs;
mod project;
mod proof;
mod reading;
mod readme;
mod reports;
mod rivals;
mod runbook;
mod schemas;
mod snapshots;
mod suites;
mod support;
mod templates;
mod values;
mod values_schema;
mod writing;
