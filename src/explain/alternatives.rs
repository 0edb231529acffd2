//! What else a value could be: a few spellings for every place of the tree that its type, and mostly its rules, allow.
//!
//! An alternative that is refused does no harm, it is left out; a value whose alternatives are all refused cannot be
//! asked, so there are several of different sizes.

use crate::diagnostic::{Step, ValuePath};
use crate::kube::shape::{self, Kind, Type};
use crate::redis::conf;
use crate::values::decode::Takes;
use crate::yaml::{Content, Node, Value, parse_switch};

/// Texts for a key that has none: one of them is what it wants.
const TEXTS: [&str; 16] = [
    "explained",
    "1Ti",
    "1Gi",
    "10s",
    "7.2",
    "Asia/Tokyo",
    "10.0.0.0/8",
    "redis",
    "7",
    "25%",
    "@daily",
    "https://explained.example",
    "explained-explained-explained",
    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "-",
    "",
];

/// Something else that could stand at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alternative {
    /// The place.
    pub(super) path: ValuePath,
    /// What could stand there, as flow YAML; nothing where it could be left out.
    pub(super) spelling: Option<String>,
    /// Whether the place has two or three states only, so that it is worth being tried together with another.
    pub(super) is_switch: bool,
    /// What is made up at the end of the path, where something is.
    pub(super) made_up: MadeUp,
}

/// What is made up at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MadeUp {
    /// Nothing: the place is known.
    Nothing,
    /// The key that was asked for, in a map that takes any.
    Asked,
    /// A key, or an item of a list.
    Key,
}

impl Alternative {
    /// Returns what there is: the place, or the map or list that something is added to.
    pub(super) fn place(&self) -> ValuePath {
        match self.made_up {
            MadeUp::Nothing => self.path.clone(),
            MadeUp::Asked | MadeUp::Key => ValuePath(self.path.0[..self.path.0.len() - 1].to_vec()),
        }
    }

    /// Returns the place to name to somebody who asks for something that is not there.
    pub(super) fn missing(&self) -> ValuePath {
        match self.made_up {
            MadeUp::Asked => self.path.clone(),
            MadeUp::Nothing | MadeUp::Key => self.place(),
        }
    }
}

/// Returns alternatives for everything in the values; `asked` are the keys that lead to the field that is asked for.
pub(super) fn all(takes: &Takes, tree: &Node, defaults: &Node, asked: &[&str]) -> Vec<Alternative> {
    let mut walk = Walk {
        asked,
        path: ValuePath::default(),
        found: Vec::new(),
    };
    walk.visit(takes, Some(tree), Some(defaults));
    walk.found
}

struct Walk<'a> {
    asked: &'a [&'a str],
    path: ValuePath,
    found: Vec<Alternative>,
}

impl Walk<'_> {
    fn visit(&mut self, takes: &Takes, node: Option<&Node>, default: Option<&Node>) {
        match takes {
            Takes::Map(fields) => {
                for field in fields {
                    let (node, default) = (entry(node, field.key), entry_of(default, field.key));
                    self.below_key(field.key, &field.takes, node, default);
                }
            }
            Takes::Named(names, each) => {
                for name in *names {
                    self.below_key(name, each, entry(node, name), None);
                }
            }
            Takes::Texts { .. } | Takes::Directives => self.texts(takes, node, default),
            Takes::List { each, .. } => self.list(each, node),
            Takes::Kubernetes(Kind::ListOf(spelling)) => {
                self.list(&Takes::Kubernetes(shape::kind(spelling)), node);
            }
            Takes::Kubernetes(Kind::Map(shape)) => self.kubernetes(*shape, node),
            _ => {
                let spellings = scalars(takes, node);
                let is_switch = matches!(takes, Takes::Switch | Takes::RedisSwitch);
                self.push(spellings, is_switch);
                if node.is_some() && matches!(takes, Takes::Text | Takes::Word { .. }) {
                    self.add(None, false, MadeUp::Nothing);
                }
                if let (Takes::Anything | Takes::Object, Some(node)) = (takes, node) {
                    self.entries(takes, node);
                }
            }
        }
    }

    fn push(&mut self, spellings: Vec<String>, is_switch: bool) {
        for spelling in spellings {
            self.add(Some(spelling), is_switch, MadeUp::Nothing);
        }
    }

    fn add(&mut self, spelling: Option<String>, is_switch: bool, made_up: MadeUp) {
        self.found.push(Alternative {
            path: self.path.clone(),
            spelling,
            is_switch,
            made_up,
        });
    }

    fn below_key(&mut self, key: &str, takes: &Takes, node: Option<&Node>, default: Option<&Node>) {
        self.path.0.push(Step::Key(key.into()));
        self.visit(takes, node, default);
        self.path.0.pop();
    }

    /// What stands in a map or list of which only the node knows the keys.
    fn entries(&mut self, takes: &Takes, node: &Node) {
        match &node.content {
            Content::Mapping(entries) => {
                for entry in entries {
                    let below = takes.below(&Step::Key(entry.key.clone()));
                    self.below_key(
                        &entry.key,
                        &below.unwrap_or(Takes::Anything),
                        Some(&entry.value),
                        None,
                    );
                }
            }
            Content::Sequence(items) => {
                let below = takes.below(&Step::Index(0)).unwrap_or(Takes::Anything);
                for (index, item) in items.iter().enumerate() {
                    self.item(index, &below, item);
                }
            }
            Content::Scalar(_) => {}
        }
    }

    fn item(&mut self, index: usize, takes: &Takes, item: &Node) {
        self.path.0.push(Step::Index(index));
        self.visit(takes, Some(item), None);
        self.path.0.pop();
    }

    fn texts(&mut self, takes: &Takes, node: Option<&Node>, default: Option<&Node>) {
        if let Some(node) = node {
            self.entries(takes, node);
        }
        // Keys whose default is derived are known too.
        for key in default.and_then(Node::entries).unwrap_or_default() {
            if entry(node, &key.key).is_none() {
                self.below_key(&key.key, &Takes::Text, None, None);
            }
        }
        // Who asks for the map itself does not ask for a key of that name in it.
        let asked = self.asked.last().filter(
            |asked| !matches!(self.path.0.last(), Some(Step::Key(own)) if own.as_ref() == **asked),
        );
        let asked = asked.map(|key| (*key, MadeUp::Asked));
        let others =
            ["explained", "EXPLAINED", "hz", "ephemeral-storage"].map(|key| (key, MadeUp::Key));
        for (key, made_up) in asked.into_iter().chain(others) {
            if entry(node, key).is_some() || entry_of(default, key).is_some() {
                continue;
            }
            self.path.0.push(Step::Key(key.into()));
            let words = match takes {
                Takes::Directives => conf::choices(key),
                _ => Vec::new(),
            };
            for text in ["1", "40", "yes", "explained", "1mb", "77 1"]
                .into_iter()
                .chain(words)
            {
                self.add(Some(Value::from(text).to_json()), false, made_up);
            }
            self.path.0.pop();
        }
    }

    fn list(&mut self, each: &Takes, node: Option<&Node>) {
        let items = match node.map(|node| &node.content) {
            Some(Content::Sequence(items)) => &items[..],
            _ => &[],
        };
        for (index, item) in items.iter().enumerate() {
            self.item(index, each, item);
        }
        let samples = self.samples(each);
        self.path.0.push(Step::Index(items.len()));
        for sample in &samples {
            self.add(Some(sample.clone()), false, MadeUp::Key);
        }
        self.path.0.pop();
        if !items.is_empty() {
            self.push(vec!["[]".to_owned()], false);
            let alone = samples.into_iter().map(|sample| format!("[{sample}]"));
            self.push(alone.collect(), false);
        }
    }

    /// What an item of a list could be.
    fn samples(&self, each: &Takes) -> Vec<String> {
        match each {
            Takes::Map(fields) => {
                let one = |field: &crate::values::decode::Field| match &field.takes {
                    Takes::Map(inner) if inner.iter().all(|field| field.may_be_absent) => {
                        Some(format!("{{{}: {{}}}}", field.key))
                    }
                    _ => None,
                };
                let mut samples: Vec<String> = fields.iter().filter_map(one).collect();
                samples.push("{}".to_owned());
                samples
            }
            Takes::Kubernetes(Kind::Map(shape)) => {
                let required = required(*shape, "");
                let with = |name: &str| {
                    let field = shape.field(name)?;
                    let inner = field_sample(*shape, name, field.kind, 2);
                    Some(format!(
                        "{{{}{name}: {inner}}}",
                        self::required(*shape, name)
                    ))
                };
                let asked = self.asked.iter().rev().filter_map(|name| with(name));
                asked
                    .chain(["emptyDir"].into_iter().filter_map(with))
                    .chain([format!("{{{required}}}")])
                    .chain(shape.fields().filter_map(|field| with(field.name)))
                    .take(12)
                    .collect()
            }
            Takes::Object => {
                vec!["{apiVersion: v1, kind: ConfigMap, metadata: {name: explained}}".to_owned()]
            }
            scalar => scalars(scalar, None),
        }
    }

    fn kubernetes(&mut self, shape: Type, node: Option<&Node>) {
        let takes = Takes::Kubernetes(Kind::Map(shape));
        if let Some(node) = node {
            self.entries(&takes, node);
        }
        for start in 0..self.asked.len() {
            let keys = &self.asked[start..];
            let path = keys
                .iter()
                .fold(ValuePath::default(), |path, key| path.key(key));
            if let Some(Takes::Kubernetes(kind)) = takes.at(&path) {
                let n_steps = self.path.0.len();
                self.path.0.extend(path.0);
                self.push(vec![sample(kind, 2), other_sample(kind)], false);
                self.push(vec!["null".to_owned()], false);
                self.path.0.truncate(n_steps);
            }
        }
        if node.is_none_or(|node| node.entries().is_some_and(<[_]>::is_empty)) {
            let some = shape
                .fields()
                .find(|field| !matches!(field.kind, Kind::Map(_)));
            if let Some(field) = some.or_else(|| shape.fields().next()) {
                let but = required(shape, field.name);
                self.push(
                    vec![format!(
                        "{{{but}{}: {}}}",
                        field.name,
                        field_sample(shape, field.name, field.kind, 2)
                    )],
                    false,
                );
            }
        }
    }
}

/// The entry of a map of defaults, null or not.
fn entry_of<'n>(node: Option<&'n Node>, key: &str) -> Option<&'n Node> {
    node?.entry(key).map(|entry| &entry.value)
}

fn entry<'n>(node: Option<&'n Node>, key: &str) -> Option<&'n Node> {
    node?
        .entry(key)
        .map(|entry| &entry.value)
        .filter(|node| !node.is_null())
}

/// The fields that a type has to have, but for one, as the beginning of a flow map.
fn required(shape: Type, but: &str) -> String {
    shape
        .fields()
        .filter(|field| field.is_required && field.name != but)
        .map(|field| {
            let sample = field_sample(shape, field.name, field.kind, 2);
            format!("{}: {sample}, ", field.name)
        })
        .collect()
}

/// Something that a field of one of Kubernetes' types can be, under the rules that go beyond its kind.
fn field_sample(shape: Type, name: &str, kind: Kind, n_levels: usize) -> String {
    match name {
        "ip" => "192.0.2.1".to_owned(),
        "nameservers" => "[192.0.2.1]".to_owned(),
        "mountPath" => "/explained".to_owned(),
        // A mount is of a volume that is there.
        "name" if shape.field("mountPath").is_some() => "run".to_owned(),
        _ => sample(kind, n_levels),
    }
}

/// Something that a field of Kubernetes' types can be.
fn sample(kind: Kind, n_levels: usize) -> String {
    match kind {
        Kind::Text => "explained".to_owned(),
        Kind::Words(words) => shape::words(words).next().unwrap_or_default().to_owned(),
        Kind::Switch => "true".to_owned(),
        Kind::Integer32 | Kind::Integer64 | Kind::Number | Kind::NumberOrText => "7".to_owned(),
        Kind::Quantity => "1Gi".to_owned(),
        Kind::Any => "explained".to_owned(),
        Kind::Map(shape) if n_levels > 0 => {
            let fields = shape.fields().filter(|field| field.is_required);
            let fields = fields.map(|field| {
                let sample = field_sample(shape, field.name, field.kind, n_levels - 1);
                format!("{}: {sample}, ", field.name)
            });
            format!("{{{}}}", fields.collect::<String>())
        }
        Kind::ListOf(spelling) if n_levels > 0 => {
            format!("[{}]", sample(shape::kind(spelling), n_levels - 1))
        }
        Kind::MapOf(spelling) if n_levels > 0 => {
            format!(
                "{{explained: {}}}",
                sample(shape::kind(spelling), n_levels - 1)
            )
        }
        Kind::Map(_) | Kind::MapOf(_) => "{}".to_owned(),
        Kind::ListOf(_) => "[]".to_owned(),
    }
}

fn other_sample(kind: Kind) -> String {
    match kind {
        Kind::Switch => "false".to_owned(),
        Kind::Integer32 | Kind::Integer64 | Kind::Number | Kind::NumberOrText => "8".to_owned(),
        Kind::Words(words) => shape::words(words).last().unwrap_or_default().to_owned(),
        _ => "explained-too".to_owned(),
    }
}

/// What else a scalar could be.
fn scalars(takes: &Takes, node: Option<&Node>) -> Vec<String> {
    let current = node.and_then(Node::scalar).map(|scalar| &*scalar.text);
    let is_other = |spelling: &String| Some(spelling.as_str()) != current;
    let spellings: Vec<String> = match takes {
        Takes::Switch | Takes::RedisSwitch | Takes::Kubernetes(Kind::Switch) => {
            match current.and_then(parse_switch) {
                Some(switch) => vec![(!switch).to_string()],
                None => vec!["true".to_owned(), "false".to_owned()],
            }
        }
        Takes::Whole { min, max } => whole(current, *min, *max),
        Takes::Decimal => vec!["0.375".to_owned(), "7".to_owned()],
        Takes::Kubernetes(kind) => {
            let mut spellings = current.map_or_else(Vec::new, other_texts);
            spellings.extend([sample(*kind, 2), other_sample(*kind)]);
            spellings
        }
        Takes::Word { words, .. } => words.iter().map(|word| (*word).to_owned()).collect(),
        Takes::Text | Takes::Directive | Takes::Anything => {
            let mut spellings = current.map_or_else(Vec::new, other_texts);
            spellings.extend(TEXTS.map(str::to_owned));
            spellings
        }
        _ => Vec::new(),
    };
    let is_text = matches!(takes, Takes::Text | Takes::Word { .. } | Takes::Directive);
    spellings
        .into_iter()
        .filter(is_other)
        .map(|spelling| {
            if is_text {
                Value::from(spelling).to_json()
            } else {
                spelling
            }
        })
        .collect()
}

fn whole(current: Option<&str>, least: i64, most: i64) -> Vec<String> {
    let current = current.and_then(|text| text.parse::<i64>().ok());
    let numbers = match current {
        Some(number) => vec![
            number.saturating_add(1),
            number.saturating_mul(64),
            -1,
            0,
            1,
        ],
        None => vec![100, 30_000, 1],
    };
    numbers
        .into_iter()
        .filter(|number| (least..=most).contains(number) && Some(*number) != current)
        .map(|number| number.to_string())
        .collect()
}

/// Texts like one that is there: with other numbers in it, or with something behind it.
fn other_texts(text: &str) -> Vec<String> {
    // The end of an image's name tells the engine.
    let mut texts = vec![format!("explained/{text}")];
    let changes: [fn(u64) -> u64; 4] = [
        |n| n.saturating_mul(2),
        |n| n.saturating_mul(64),
        |n| n / 4,
        |n| n.saturating_add(1),
    ];
    for change in changes {
        if let Some(start) = text.find(|c: char| c.is_ascii_digit()) {
            let end = text[start..]
                .find(|c: char| !c.is_ascii_digit())
                .map_or(text.len(), |length| start + length);
            if let Ok(number) = text[start..end].parse::<u64>() {
                texts.push(format!(
                    "{}{}{}",
                    &text[..start],
                    change(number),
                    &text[end..]
                ));
            }
        }
    }
    texts.push(format!("{text}-explained"));
    texts.push(format!("{text} --explained"));
    texts
}
