//! The objects of one side, looked up by what is asked of them: there may be tens of thousands. It must not judge.

use std::collections::{HashMap, HashSet};
use std::ops::Deref;

use super::references::Users;
use crate::kube::object::{ObjectId, group};
use crate::manifest::Object;
use crate::yaml::Value;

/// The label that says which part of a tier an object is.
const COMPONENT: [&str; 3] = ["metadata", "labels", "app.kubernetes.io/component"];

/// The label that says which tier an object is of.
pub(super) const INSTANCE: [&str; 3] = ["metadata", "labels", "app.kubernetes.io/instance"];

/// Kind, name and group.
type Name<'o> = (&'o str, &'o str, &'o str);

/// The objects of one side.
pub(super) struct Known<'o> {
    objects: &'o [Object],
    /// The first of each name, in whichever namespace.
    by_name: HashMap<Name<'o>, usize>,
    /// The first of each name and namespace.
    by_place: HashMap<(Name<'o>, Option<&'o str>), usize>,
    /// Of the new side.
    users: Users<'o>,
    instances: HashSet<Option<&'o str>>,
    /// The first object of each kind and component that the other side does not have.
    gone: HashMap<(&'o str, &'o str), &'o Object>,
}

impl<'o> Known<'o> {
    /// Gets to know the objects of both sides.
    pub(super) fn both(old: &'o [Object], new: &'o [Object]) -> (Self, Self) {
        let (mut old, mut new) = (Self::of(old), Self::of(new));
        new.users = Users::of(new.objects);
        for object in old
            .objects
            .iter()
            .filter(|object| new.same(&object.id).is_none())
        {
            if let Some(component) = text(&object.body, &COMPONENT) {
                old.gone
                    .entry((&*object.id.kind, component))
                    .or_insert(object);
            }
        }
        (old, new)
    }

    fn of(objects: &'o [Object]) -> Self {
        let (mut by_name, mut by_place) = (HashMap::new(), HashMap::new());
        for (position, object) in objects.iter().enumerate() {
            let name = name(&object.id);
            by_name.entry(name).or_insert(position);
            let namespace = object.id.namespace.as_deref();
            by_place.entry((name, namespace)).or_insert(position);
        }
        let instances = objects.iter().map(|object| text(&object.body, &INSTANCE));
        Self {
            objects,
            by_name,
            by_place,
            users: Users::default(),
            instances: instances.collect(),
            gone: HashMap::new(),
        }
    }

    /// Returns the first object that is the same by its identity; a namespace that is left out is any.
    pub(super) fn same(&self, id: &ObjectId) -> Option<&'o Object> {
        let name = name(id);
        let position = match id.namespace.as_deref() {
            None => self.by_name.get(&name),
            namespace => [namespace, None]
                .into_iter()
                .filter_map(|namespace| self.by_place.get(&(name, namespace)))
                .min(),
        };
        position.and_then(|position| self.objects.get(*position))
    }

    /// Tells whether there is an object of a kind of the core group with a name, in whichever namespace.
    pub(super) fn has(&self, kind: &str, name: &str) -> bool {
        self.by_name.contains_key(&(kind, name, ""))
    }

    /// Returns the first object that names another one.
    pub(super) fn user(&self, used: &ObjectId) -> Option<&'o Object> {
        self.users.get(used)
    }

    /// Tells whether an object is of the tier that says this of itself.
    pub(super) fn has_instance(&self, instance: Option<&str>) -> bool {
        self.instances.contains(&instance)
    }

    /// Returns the first object that was the same part of a tier as one of the other side, and is not there any more.
    pub(super) fn predecessor(&self, id: &ObjectId, new: &Known<'_>) -> Option<&'o Object> {
        let component = text(&new.same(id)?.body, &COMPONENT)?;
        self.gone.get(&(&*id.kind, component)).copied()
    }
}

impl Deref for Known<'_> {
    type Target = [Object];

    fn deref(&self) -> &[Object] {
        self.objects
    }
}

fn name(id: &ObjectId) -> Name<'_> {
    (&id.kind, &id.name, group(&id.api_version))
}

fn text<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    value.at(path).and_then(Value::as_str)
}
