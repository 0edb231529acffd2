//! Counts the instructions of each stage of a render under valgrind, by gungraun; `benches/instructions` runs it and
//! compares with the committed counts.

#![allow(clippy::disallowed_methods, reason = "a benchmark is not the product")]

use std::hint::black_box;

use cachegen::cli;
use cachegen::manifest::{Format, Manifest};
use cachegen::render::render;
use cachegen::template::{Engine, Templates, catalog};
use cachegen::tier::Tier;
use cachegen::values::layer::Layers;
use cachegen::values::merge::Effective;
use cachegen::values::schema::Decoded;
use cachegen::yaml::{Mapping, Value};
use gungraun::prelude::*;

const NAME: &str = "shop";
const VALUES: &str = include_str!("../values.yaml");
/// Values of a tier whose Secret is rendered, which the others' is not.
const INLINE: &str = "valkey: {password: {value: not-a-secret}}\n";

/// The templates by what they are about; each is in one group.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "application",
        &["configmap-env.yaml.j2", "serviceaccount.yaml.j2"],
    ),
    ("secret", &["secret.yaml.j2"]),
    ("external-secret", &["externalsecret.yaml.j2"]),
    ("configuration", &["configmap-redis.yaml.j2"]),
    (
        "services",
        &[
            "service.yaml.j2",
            "service-headless.yaml.j2",
            "service-metrics.yaml.j2",
        ],
    ),
    (
        "workload",
        &["statefulset.yaml.j2", "poddisruptionbudget.yaml.j2"],
    ),
    (
        "monitoring",
        &["servicemonitor.yaml.j2", "prometheusrule.yaml.j2"],
    ),
    ("dashboard", &["configmap-dashboard.yaml.j2"]),
    (
        "policies",
        &["networkpolicy.yaml.j2", "networkpolicy-backup.yaml.j2"],
    ),
    (
        "backup",
        &[
            "persistentvolumeclaim-backup.yaml.j2",
            "cronjob-backup.yaml.j2",
        ],
    ),
];

fn effective() -> Effective {
    cachegen_stages::merged(cachegen_stages::load(VALUES))
}

fn decoded() -> (Decoded, Effective) {
    let effective = effective();
    (cachegen_stages::decoded(&effective), effective)
}

fn tier() -> Tier {
    cachegen_stages::tier(NAME, VALUES)
}

fn manifest() -> Manifest {
    render(&tier(), &Templates::default()).expect("the values are right")
}

/// Makes an engine that has rendered nothing yet, and tells which templates of a group apply.
fn group(name: &str) -> (Engine, Vec<&'static str>) {
    let grouped = GROUPS.iter().flat_map(|(_, files)| *files);
    assert!(
        catalog::OBJECTS.iter().all(|entry| grouped
            .clone()
            .filter(|file| **file == entry.file)
            .count()
            == 1),
        "every template is in one group"
    );
    let tier = cachegen_stages::tier(NAME, if name == "secret" { INLINE } else { VALUES });
    let mut engine = Engine::new(&tier, &Templates::default());
    let checksums = [("config", Value::from(NAME)), ("secret", Value::from(NAME))];
    engine.set("checksums", &Mapping::from_iter(checksums));
    let files = GROUPS
        .iter()
        .find(|(known, _)| *known == name)
        .expect("a group")
        .1;
    let applies = |file: &&str| {
        catalog::OBJECTS
            .iter()
            .any(|entry| entry.file == *file && (entry.applies)(&tier))
    };
    (engine, files.iter().copied().filter(applies).collect())
}

// Work of a fixed size on memory and text, which is the same program in every version of this one: if it counts another
// number, the machine counts differently, not the program.
#[library_benchmark]
fn reference() -> usize {
    let mut texts: Vec<String> = Vec::new();
    for number in 0..black_box(2_000_usize) {
        texts.push("0123456789abcdef".repeat(number % 40));
        if number % 3 == 0 {
            texts.swap_remove(number / 5);
        }
    }
    texts.sort();
    texts.concat().matches("f0").count()
}

#[library_benchmark]
fn arguments() -> bool {
    let line = [
        "cachegen",
        "render",
        NAME,
        "--namespace",
        "default",
        "-f",
        "values.yaml",
        "--set",
        "client.env.A=b",
    ];
    black_box(cli::takes(black_box(line)))
}

#[library_benchmark]
fn load() -> Layers {
    black_box(cachegen_stages::load(black_box(VALUES)))
}

#[library_benchmark]
#[bench::all(cachegen_stages::load(VALUES))]
fn merge(layers: Layers) -> Effective {
    black_box(cachegen_stages::merged(black_box(layers)))
}

#[library_benchmark]
#[bench::all(effective())]
fn decode(effective: Effective) -> (Decoded, Effective) {
    (
        black_box(cachegen_stages::decoded(black_box(&effective))),
        effective,
    )
}

#[library_benchmark]
#[bench::all(decoded())]
fn resolve(read: (Decoded, Effective)) -> (Tier, (Decoded, Effective)) {
    (
        black_box(cachegen_stages::resolved(NAME, black_box(&read.0), &read.1)),
        read,
    )
}

#[library_benchmark]
#[bench::all(tier())]
fn engine(tier: Tier) -> (Engine, Tier) {
    (
        black_box(Engine::new(black_box(&tier), &Templates::default())),
        tier,
    )
}

#[library_benchmark]
#[bench::application(group("application"))]
#[bench::secret(group("secret"))]
#[bench::external_secret(group("external-secret"))]
#[bench::configuration(group("configuration"))]
#[bench::services(group("services"))]
#[bench::workload(group("workload"))]
#[bench::monitoring(group("monitoring"))]
#[bench::dashboard(group("dashboard"))]
#[bench::policies(group("policies"))]
#[bench::backup(group("backup"))]
fn templates(group: (Engine, Vec<&'static str>)) -> (Vec<Mapping>, Engine) {
    let (engine, files) = group;
    assert!(!files.is_empty(), "templates that apply");
    let objects = files
        .iter()
        .map(|file| engine.object(file).expect("the template is right"));
    (black_box(objects.collect()), engine)
}

#[library_benchmark]
#[bench::yaml(manifest(), Format::Yaml)]
#[bench::json(manifest(), Format::Json)]
#[bench::kyaml(manifest(), Format::Kyaml)]
fn write(manifest: Manifest, format: Format) -> (String, Manifest) {
    (black_box(manifest.write(black_box(format))), manifest)
}

#[library_benchmark]
fn whole() -> String {
    let tier = cachegen_stages::tier(NAME, black_box(VALUES));
    let manifest = render(&tier, &Templates::default()).expect("the values are right");
    black_box(manifest.to_yaml())
}

library_benchmark_group!(
    name = stages,
    benchmarks = [
        reference, arguments, load, merge, decode, resolve, engine, templates, write, whole
    ]
);

main!(library_benchmark_groups = stages);
