//! `cachegen` turns a values file and a profile into the Kubernetes manifests of a Redis or Valkey cache tier.
//!
//! # The pipeline
//!
//! Plain types; each arrow is a pure function, except the two ends:
//!
//! ```text
//! argv ─ cli ─▶ InputArgs                       what was typed
//!      ─ values::layer ─▶ Layers                defaults, profile, each -f, each flag: texts and trees     (reads files)
//!      ─ values::merge ─▶ Effective             one tree whose every node knows the place it was read from
//!      ─ values::decode ─▶ Values               typed, what is not allowed refused: what the user said
//!      ─ tier::resolve ─▶ Tier                  what it means: names, ports, byte counts, directives
//!      ─ render ─▶ Manifest                     catalog entry, template, object; in the order of application
//!      ─▶ Manifest::to_yaml ─▶ bytes                                                                      (writes)
//! ```
//!
//! What is wrong with the user's input is a [`diagnostic::Diagnostic`]: collected along the way, tied to a path of the
//! values tree or to a span, and looked up in `Effective` only when it is shown. `decode` puts the default where a value
//! cannot be read and remembers the path; `tier` drops what its rules find there. So one mistake gives one finding.
//! What stops the work is an [`error::Error`].
//!
//! A hole of a template is always one whole YAML value: the rendered text holds a mark for each hole, and the value
//! takes the mark's place in the tree that the text is read to. No value is ever spelled out in YAML before the one
//! canonical writer does it, so no value can change the structure.
//!
//! # The map
//!
//! | module | what it has | what it must not do |
//! |---|---|---|
//! | [`cli`] | a file a command; `inputs` what commands share, `output` the only printing and writing, `report` findings for people, `masked` sources without their secrets, `origins` where values come from, `templates` reads the user's own, `against` the other side of a comparison, `past` a project at revisions, `deferred` arguments of the one command that runs | rules about values or objects |
//! | [`values`] | `layer` sources and where they come from, `merge` Helm's merge, `set` the grammar of the five kinds of `--set`, `revision` files as git has them, `decode` the walk over the tree, `types` what reads its nodes, `free` what is passed on to Kubernetes, `schema` every key and what it may be, `allowed` words and ranges, `typed` nodes as values, `json_schema` all of it for editors, `history` what each layer said, `secrecy` what may be a secret, `synonyms` what others call a key | say what keys mean together |
//! | [`tier`] | every decision, a file a part: `identity`, `secret`, `server`, `settings`, `resources`, `storage`, `service`, `pod`, `additions`, `exporter`, `policy`, `backup`, `monitoring` and its table `alerts`; `image`, `rules` and `unreadable` what they share | opinions; YAML; templates |
//! | [`redis`] | facts of Redis and Valkey: `conf` and its generated table `directives` (`grammar`, `line`, `managed` and `value` beside it), `base` our configuration, `memory` sizes, `sizing` memory under load, `acl` users, `exporter` and its generated table `metrics`, `files` who reads whose, `version` | say pod |
//! | [`kube`] | facts of Kubernetes: `name`, `label`, `quantity`, `duration`, `cron`, `cidr`, `image`, `version`, `deprecated` API versions, `served` custom ones, `probe` what one comes to, `pod_security` what is refused as `restricted`, `load_balancer` which are internal, `object` identity and scope, `order` of kinds, `shape` fields of its types and their generated table, `valid` what it asks of values beyond that | say Redis |
//! | [`template`] | `catalog` which template applies when, `engine` the environment and its four functions, `whole` values on their way through them, `node` text to value, `written` where a field is written, `limits` what the user's own may not be | decide |
//! | [`render`], [`manifest`] | tier to objects, checksums; objects to a stream | |
//! | [`yaml`] | text to nodes with places (`node`, `index` where keys stand, `lines`, `read`, `simple` for what people and we mostly write, `scalar`, `syntax` what breaks it, `tag`), values (`value`), canonical text (`write`), KYAML (`kyaml`), JSON (`json`) | know Kubernetes or the values tree |
//! | [`lint`] | opinions, a row a rule, over values, tier and objects; `layers` lays the layers over each other once more, `waiver` reads comments | "must"; change anything |
//! | [`diff`] | two manifests: `keys` and `fields` what is different, `defaults` what the API server fills in, `applied` what applying leaves alone, `references` what is still used, `server` what a side says of its server, `rules` what comes of it, a row a rule; `restart` its cost, `secrecy` what it does not show | read files; know values, but for `values::secrecy`: what a secret may be called is known once |
//! | [`explain`] | why a field is what it is: `alternatives` what else values could be, `trial` what comes of it, `cause` what takes part, `formula` numbers | know which value goes where; change anything |
//! | [`path`] | paths as people type them, looked up in a value | |
//! | [`project`] | `cachegen.yaml`: the renders of a repository | |
//! | [`diagnostic`], [`error`] | findings and what stops the work | |
//!
//! Beside the code: `templates/` (an object a file, named after what it is; `partials/` are values, `config/` and
//! `scripts/` are plain text), `values/values.yaml` (every key, its default, one comment above it), `values/profiles/`,
//! `values/values.schema.json` (generated; its test writes it anew with `CACHEGEN_UPDATE=1`),
//! `examples/` (a repository that commits what is rendered, with all that meets it there; its outputs are written anew with
//! `CACHEGEN_UPDATE=1`), `.pre-commit-hooks.yaml`, `tests/cases/<case>` and `snapshots/<case>`, `scripts/learn-directives` and
//! `scripts/learn-metrics` (make the tables of directives and metrics from real servers and exporters), `scripts/learn-fields` (that of Kubernetes' fields from its
//! own schemas), `scripts/learn-crds` (the definitions of custom resources that the tests validate by). `docs/proof.md` says which tests show what: `scripts/test` on real servers, `scripts/test-cluster` in a cluster.
//! `fuzz/` has the targets of the fuzzer and their corpus, which the tests run over; `benches/` measures.
//!
//! # Where to put what
//!
//! - A value: `values/values.yaml` with its comment, a field in `values::schema` with its words or range behind its type, a
//!   type in `values::types` (`values::free` for one of Kubernetes') if none fits, the decision in `tier`, a case.
//! - A directive of our own: `redis::base`. What a directive takes: the table, made anew by its script.
//! - An alert: a row in `tier::alerts`, its name in `values::schema`. A panel: `templates/config/dashboard.json.j2`. What
//!   metrics there are: the table, made anew by its script.
//! - An object: a template, a line in `template::catalog`, a case.
//! - A check ("must"): `tier`, in the file of its part.
//! - An opinion ("should"): a row in the `RULES` of a file of `lint`, and `tests/lint/<code>` with `fires*.yaml`, whose first
//!   line says where, and `quiet*.yaml`. A switch that makes values meaningless: a row in `lint::switches`.
//! - A consequence of a change: a row in the `RULES` of a file of `diff::rules`, and a line in `tests/it/diff.rs`.
//!
//! # Invariants, each held by a test
//!
//! 1. Same inputs, same bytes: no clock, no randomness (but in `cachegen secret`), no environment.
//! 2. Only `cli` and `values::{layer, revision}` touch files; only `cli::output` prints and writes.
//! 3. `redis` never says pod, `kube` never says Redis; profiles are named where they are embedded and nowhere else.
//! 4. Every file in `templates/` is in the catalog and rendered by some case; every key of `values.yaml` is set by some
//!    case and changes some output, or is listed with the reason why not.
//! 5. What is written reads back to the same value in two readers, and writing it again gives the same bytes.
//! 6. A template failure is our bug and says so, or that of a template of the user's own and says where; a user's mistake
//!    is a finding at file:line:column.
//! 7. Values merge as in Helm, but for the rows of `docs/helm-differences.md`.
//! 8. A secret is never shown: excerpts mask it, messages do not quote it.

pub mod cli;
pub mod diagnostic;
pub mod diff;
pub mod error;
pub mod explain;
pub mod kube;
pub mod lint;
pub mod manifest;
pub mod path;
pub mod project;
pub mod redis;
pub mod render;
pub mod template;
pub mod tier;
pub mod values;
pub mod yaml;
