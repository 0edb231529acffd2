//! Which values could not be read, or were meant to be switched off. Values and findings may be many: each is looked up.

use std::collections::BTreeSet;
use std::ops::Bound;

use crate::diagnostic::{Step, ValuePath};
use crate::values::merge::Effective;
use crate::yaml::parse_switch;

/// The values that could not be read.
pub(super) struct Unreadable<'v> {
    paths: BTreeSet<&'v [Step]>,
    /// The maps of those that were meant to switch them off.
    off: BTreeSet<&'v [Step]>,
}

impl<'v> Unreadable<'v> {
    pub(super) fn new(paths: &'v [ValuePath], effective: &Effective) -> Self {
        let off = paths.iter().filter_map(|path| around_off(path, effective));
        Self {
            paths: paths.iter().map(|path| &*path.0).collect(),
            off: off.collect(),
        }
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
        let unreadable = Unreadable::new(&paths, &effective);
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
        assert!(!Unreadable::new(&[], &effective).touch(&ValuePath::default()));
    }
}
