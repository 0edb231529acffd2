//! Which values could not be read, or were meant to be switched off, and where the others stand. Values and findings may
//! be many: each is looked up.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::diagnostic::{Step, ValuePath};
use crate::values::merge::Effective;
use crate::yaml::parse_switch;

/// The values that could not be read.
pub(super) struct Unreadable<'v> {
    paths: BTreeSet<&'v [Step]>,
    /// The maps of those that were meant to switch them off.
    off: BTreeSet<&'v [Step]>,
    /// By list: before each item that is left out, how many stand that are not.
    left_out: BTreeMap<&'v [Step], Vec<usize>>,
}

impl<'v> Unreadable<'v> {
    pub(super) fn new(
        paths: &'v [ValuePath],
        items: &'v [ValuePath],
        effective: &Effective,
    ) -> Self {
        let mut left_out: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for path in items {
            if let Some((Step::Index(position), list)) = path.0.split_last() {
                let items = left_out.entry(list).or_default();
                items.push(position - items.len());
            }
        }
        let off = paths.iter().filter_map(|path| around_off(path, effective));
        Self {
            paths: paths.iter().map(|path| &*path.0).collect(),
            off: off.collect(),
            left_out,
        }
    }

    /// Returns where in the tree a path of the values leads: there, lists have the items that could not be read as well.
    pub(super) fn located<'p>(&self, path: &'p ValuePath) -> Cow<'p, ValuePath> {
        if self.left_out.is_empty() {
            return Cow::Borrowed(path);
        }
        let mut located = ValuePath::default();
        for step in &path.0 {
            let step = match (step, self.left_out.get(&*located.0)) {
                (Step::Index(position), Some(items)) => {
                    Step::Index(position + items.partition_point(|n_before| n_before <= position))
                }
                _ => step.clone(),
            };
            located.0.push(step);
        }
        Cow::Owned(located)
    }

    /// Tells whether the value at a path, or something in it or around it, could not be read, or was meant to be
    /// switched off.
    pub(super) fn touch(&self, path: &ValuePath) -> bool {
        let steps = &*path.0;
        let is_around = |set: &BTreeSet<&[Step]>| {
            !set.is_empty() && (0..=steps.len()).any(|length| set.contains(&steps[..length]))
        };
        // Of all paths in their order, those that lead through its end come right behind it.
        let is_inside = || {
            let from = (Bound::Included(steps), Bound::Unbounded);
            let next = self.paths.range::<[Step], _>(from).next();
            next.is_some_and(|next| next.starts_with(steps))
        };
        is_around(&self.paths) || is_around(&self.off) || is_inside()
    }
}

/// Returns the path of what an unreadable value was meant to switch off, if it was: `enabled: "false"`.
fn around_off<'v>(switch: &'v ValuePath, effective: &Effective) -> Option<&'v [Step]> {
    let (last, around) = switch.0.split_last()?;
    let meant = || parse_switch(&effective.get(switch)?.scalar()?.text);
    (matches!(last, Step::Key(key) if &**key == "enabled") && meant() == Some(false))
        .then_some(around)
}

#[cfg(test)]
mod tests {
    use super::Unreadable;
    use crate::diagnostic::ValuePath;
    use crate::values::layer::Layers;
    use crate::values::merge::merge_without_profile;

    #[test]
    fn what_lies_around_or_in_an_unreadable_value_is_touched_and_nothing_beside_it() {
        let effective = merge_without_profile(Layers::default(), &mut Vec::new());
        let paths = ["b.c", "b.e.f", "b.e.g", "z"].map(ValuePath::of);
        let unreadable = Unreadable::new(&paths, &[], &effective);
        for (path, expected) in [
            ("b.c", true),
            ("b.c.d", true),
            ("b.e", true),
            ("b", true),
            ("z.y", true),
            ("a", false),
            ("b.d", false),
            ("b.e.a", false),
            ("b.cc", false),
            ("c", false),
        ] {
            assert_eq!(unreadable.touch(&ValuePath::of(path)), expected, "{path}");
        }
        assert!(unreadable.touch(&ValuePath::default()));
        assert!(!Unreadable::new(&[], &[], &effective).touch(&ValuePath::default()));
    }

    #[test]
    fn what_stands_behind_items_that_are_left_out_is_located_where_the_tree_has_it() {
        let effective = merge_without_profile(Layers::default(), &mut Vec::new());
        let list = |position| ValuePath::of("a.b").index(position);
        let left_out = [
            list(0),
            list(2),
            list(3),
            list(5).key("c").index(1),
            list(6),
        ];
        let unreadable = Unreadable::new(&[], &left_out, &effective);
        for (path, expected) in [
            (list(0), list(1)),
            (list(1), list(4)),
            (list(2).key("c").index(0), list(5).key("c").index(0)),
            (list(2).key("c").index(1), list(5).key("c").index(2)),
            (list(3), list(7)),
            (ValuePath::of("a.c").index(1), ValuePath::of("a.c").index(1)),
        ] {
            assert_eq!(*unreadable.located(&path), expected, "{path}");
        }
    }
}
