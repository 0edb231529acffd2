//! The fields that Kubernetes' types have, from the generated table `fields.txt`. What a field means is not known here.
//!
//! The table is text that is only looked into when a type is asked for: who sets no such value pays nothing.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Made by `scripts/learn-fields`.
const TABLE: &str = include_str!("fields.txt");

/// What every object has, whatever its kind.
const OBJECT: &str = " apiVersion string\n kind string\n metadata meta.v1.ObjectMeta\n";

/// A type of Kubernetes, such as a container or a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    /// Its name, such as `core.v1.Container`; empty where the table does not have it.
    pub name: &'static str,
    fields: &'static str,
    /// Whether it has further fields, of which nothing is known.
    pub is_open: bool,
}

/// A field of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it has to be set.
    pub is_required: bool,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// One of some words, as [`words`] takes them apart.
    Words(&'static str),
    /// A boolean.
    Switch,
    /// An integer of 32 bits.
    Integer32,
    /// An integer of 64 bits.
    Integer64,
    /// A number.
    Number,
    /// A quantity, such as `512Mi`.
    Quantity,
    /// A number or a text, such as a port or its name.
    NumberOrText,
    /// Anything.
    Any,
    /// A map of a type.
    Map(Type),
    /// A list of what [`kind`] makes of it.
    ListOf(&'static str),
    /// A map from text to what [`kind`] makes of it.
    MapOf(&'static str),
}

/// Returns the type of this name, such as `core.v1.Toleration`. The table is sorted by it.
pub fn named(name: &str) -> Option<Type> {
    match index() {
        Some(index) => index.types.get(name).copied(),
        None => bisected(name),
    }
}

fn bisected(name: &str) -> Option<Type> {
    let (mut low, mut high) = (0, TABLE.len());
    while low < high {
        let start = first_line(low + (high - low) / 2);
        let found = name_at(start);
        match found.cmp(name) {
            Ordering::Equal => return Some(at(start)),
            Ordering::Greater => high = start,
            // Everything to the next line at the margin is the smaller type's.
            Ordering::Less => {
                let rest = &TABLE[start + found.len()..];
                let mut lines = rest.match_indices('\n').map(|(end, _)| end + 1);
                low = start + found.len() + lines.find(|line| !rest[*line..].starts_with(' '))?;
            }
        }
    }
    None
}

/// Returns where the first line of the type begins that holds a position.
fn first_line(position: usize) -> usize {
    let mut end = position;
    loop {
        let start = TABLE[..end].rfind('\n').map_or(0, |newline| newline + 1);
        if start == 0 || !TABLE[start..].starts_with(' ') {
            return start;
        }
        end = start - 1;
    }
}

/// Returns the name of the type whose first line begins here.
fn name_at(start: usize) -> &'static str {
    TABLE[start..].split([' ', '\n']).next().unwrap_or_default()
}

/// Returns the type of the objects of a kind; one that has any fields where the table does not have it.
pub fn object(api_version: &str, kind: &str) -> Type {
    match find_object(api_version, kind) {
        Some(found) => found,
        None => Type {
            name: "",
            fields: OBJECT,
            is_open: true,
        },
    }
}

fn find_object(api_version: &str, kind: &str) -> Option<Type> {
    match index() {
        Some(index) => index
            .objects
            .get(&*format!("{api_version}/{kind}"))
            .copied(),
        None => TABLE.find(&format!(" {api_version}/{kind}\n")).map(at),
    }
}

/// Every type, by its name and by the object that it is.
struct Index {
    types: HashMap<&'static str, Type>,
    objects: HashMap<&'static str, Type>,
}

/// Returns all types, once one was asked for so often that this pays.
fn index() -> Option<&'static Index> {
    const OFTEN: usize = 2000;
    static N_ASKED: AtomicUsize = AtomicUsize::new(0);
    static INDEX: LazyLock<Index> = LazyLock::new(|| {
        let (mut types, mut objects) = (HashMap::new(), HashMap::new());
        let mut start = 0;
        for line in TABLE.split_inclusive('\n') {
            if !line.starts_with([' ', '#']) {
                let found = at(start);
                types.insert(found.name, found);
                if let Some((_, object)) = line.trim_end_matches('\n').split_once(' ') {
                    objects.insert(object, found);
                }
            }
            start += line.len();
        }
        Index { types, objects }
    });
    (N_ASKED.fetch_add(1, Relaxed) >= OFTEN).then(|| &*INDEX)
}

/// Tells whether some type has a field of this name.
pub fn is_field(name: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let fields = TABLE.lines().filter_map(|line| line.strip_prefix(' '));
        fields.filter_map(|field| field.split(' ').next()).collect()
    });
    NAMES.contains(name)
}

/// Returns the kinds that a group has in a version; none where the group is not one of the table.
pub fn kinds(api_version: &str) -> impl Iterator<Item = &'static str> {
    objects().filter_map(move |object| {
        let (of, kind) = object.rsplit_once('/')?;
        (of == api_version).then_some(kind)
    })
}

/// Returns the group and version that has a kind.
pub fn api_version(kind: &str) -> Option<&'static str> {
    objects().find_map(|object| {
        let (api_version, other) = object.rsplit_once('/')?;
        (other == kind).then_some(api_version)
    })
}

/// The objects of the table, as `apps/v1/Deployment`.
fn objects() -> impl Iterator<Item = &'static str> {
    TABLE
        .lines()
        .filter(|line| !line.starts_with([' ', '#']))
        .filter_map(|line| line.split_once(' ').map(|(_, object)| object))
}

/// Returns the type whose first line holds this position.
fn at(position: usize) -> Type {
    let name = name_at(first_line(position));
    let rest = &TABLE[position..];
    let fields = rest.find('\n').map_or("", |end| &rest[end + 1..]);
    let mut end = 0;
    for line in fields.split_inclusive('\n') {
        if !line.starts_with(' ') {
            break;
        }
        end += line.len();
    }
    Type {
        name,
        fields: &fields[..end],
        is_open: false,
    }
}

impl Type {
    /// Returns the fields in the order of their names.
    pub fn fields(self) -> impl Iterator<Item = Field> {
        self.lines().map(Field::read)
    }

    /// Returns the field of this name.
    pub fn field(self, name: &str) -> Option<Field> {
        self.lines().find(|line| line.0 == name).map(Field::read)
    }

    /// Returns the names of the fields, each with the spelling of its kind.
    fn lines(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let lines = self.fields.lines();
        lines.filter_map(|line| line.trim_start().split_once(' '))
    }
}

impl Field {
    fn read((name, spelling): (&'static str, &'static str)) -> Self {
        let (spelling, is_required) = match spelling.strip_suffix('!') {
            Some(spelling) => (spelling, true),
            None => (spelling, false),
        };
        Self {
            name,
            kind: kind(spelling),
            is_required,
        }
    }
}

/// Returns what a spelling of the table stands for.
pub fn kind(spelling: &'static str) -> Kind {
    if let Some(inner) = spelling.strip_prefix("[]") {
        return Kind::ListOf(inner);
    }
    if let Some(inner) = spelling.strip_prefix("{}") {
        return Kind::MapOf(inner);
    }
    match spelling {
        "string" => Kind::Text,
        "boolean" => Kind::Switch,
        "int32" => Kind::Integer32,
        "int64" => Kind::Integer64,
        "number" => Kind::Number,
        "quantity" => Kind::Quantity,
        "int-or-string" => Kind::NumberOrText,
        "any" => Kind::Any,
        // The name of a type has a group, words have none.
        _ if !spelling.contains('.') => Kind::Words(spelling),
        _ => named(spelling).map_or(Kind::Words(spelling), Kind::Map),
    }
}

/// Takes the words of [`Kind::Words`] apart.
pub fn words(words: &'static str) -> impl Iterator<Item = &'static str> {
    words.split('|')
}

#[cfg(test)]
mod tests {
    use super::{Kind, TABLE, Type, api_version, kind, kinds, named, object};

    fn of(name: &str) -> Type {
        named(name).unwrap_or_else(|| panic!("no type {name}"))
    }

    #[test]
    fn who_asks_often_is_told_the_same() {
        while super::index().is_none() {}
        let types = TABLE.lines().filter(|line| !line.starts_with([' ', '#']));
        let mut n_objects = 0;
        for line in types {
            let (name, spelling) = line.split_once(' ').unwrap_or((line, ""));
            let expected = super::bisected(name);
            assert!(expected.is_some());
            assert_eq!(named(name), expected);
            if let Some((api_version, kind)) = spelling.rsplit_once('/') {
                assert_eq!(Some(object(api_version, kind)), expected);
                n_objects += 1;
            }
        }
        assert!(n_objects > 50, "{n_objects}");
        assert_eq!(named("core.v1.Nothing"), None);
    }

    #[test]
    fn a_type_has_its_own_fields() {
        let names: Vec<&str> = of("core.v1.Toleration")
            .fields()
            .map(|field| field.name)
            .collect();
        assert_eq!(
            names,
            ["effect", "key", "operator", "tolerationSeconds", "value"]
        );
        assert_eq!(named("core.v1.Tolerat"), None);
        assert_eq!(named("v1.Toleration"), None);
        assert_eq!(named("string"), None);
    }

    #[test]
    fn fields_have_their_types() {
        for (name, field, expected, is_required) in [
            ("core.v1.EnvVar", "name", Kind::Text, true),
            ("core.v1.EnvVar", "value", Kind::Text, false),
            ("core.v1.PodSpec", "hostNetwork", Kind::Switch, false),
            ("core.v1.Probe", "periodSeconds", Kind::Integer32, false),
            (
                "core.v1.PodSecurityContext",
                "runAsUser",
                Kind::Integer64,
                false,
            ),
            ("core.v1.HTTPGetAction", "port", Kind::NumberOrText, true),
            (
                "core.v1.EmptyDirVolumeSource",
                "sizeLimit",
                Kind::Quantity,
                false,
            ),
            (
                "core.v1.ContainerPort",
                "protocol",
                Kind::Words("SCTP|TCP|UDP"),
                false,
            ),
            (
                "core.v1.Container",
                "command",
                Kind::ListOf("string"),
                false,
            ),
            (
                "core.v1.ResourceRequirements",
                "limits",
                Kind::MapOf("quantity"),
                false,
            ),
            (
                "core.v1.Container",
                "securityContext",
                Kind::Map(of("core.v1.SecurityContext")),
                false,
            ),
        ] {
            let found = of(name)
                .field(field)
                .unwrap_or_else(|| panic!("no {name}.{field}"));
            assert_eq!(
                (found.kind, found.is_required),
                (expected, is_required),
                "{name}.{field}"
            );
        }
    }

    #[test]
    fn every_type_is_found_by_its_name() {
        let lines = || TABLE.lines().filter(|line| !line.starts_with([' ', '#']));
        assert!(lines().count() > 300);
        for line in lines() {
            let name = line.split(' ').next().unwrap();
            assert_eq!(of(name).name, name);
        }
    }

    #[test]
    fn objects_are_found_by_version_and_kind() {
        assert!(object("v1", "ConfigMap").field("binaryData").is_some());
        assert!(object("apps/v1", "Deployment").field("spec").is_some());
        assert_eq!(object("v1", "ConfigMap").name, "core.v1.ConfigMap");
        assert!(!object("v1", "ConfigMap").is_open);
        let unknown = object("example.com/v1", "Widget");
        assert!(unknown.is_open && unknown.field("metadata").is_some());
        assert!(object("v1", "Deployment").is_open);
        assert_eq!(api_version("Deployment"), Some("apps/v1"));
        assert!(kinds("batch/v1").eq(["CronJob", "Job"]));
        assert_eq!(kinds("example.com/v1").count(), 0);
    }

    /// Whatever is not a known spelling counts as words, so that a missing type would be one.
    #[test]
    fn every_type_that_the_table_names_is_in_it() {
        let mut n_types = 0;
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let Some(field) = line.strip_prefix(' ') else {
                n_types += 1;
                continue;
            };
            let (_, spelling) = field.split_once(' ').unwrap();
            let mut found = kind(spelling.trim_end_matches('!'));
            while let Kind::ListOf(inner) | Kind::MapOf(inner) = found {
                found = kind(inner);
            }
            if let Kind::Words(words) = found {
                assert!(
                    words.contains('|') || words.chars().all(char::is_alphanumeric),
                    "{line}"
                );
            }
        }
        assert!(n_types > 300);
    }
}
