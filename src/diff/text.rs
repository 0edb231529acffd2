//! Two texts by their lines: what was there, what is there instead.

/// Lines that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    /// The first line of it in the new text, from 1.
    pub(super) line: usize,
    /// The lines that are gone.
    pub(super) old: Vec<String>,
    /// The lines that are new.
    pub(super) new: Vec<String>,
}

/// Most cells of the table that the longest common lines are looked for in; beyond it the middle is one hunk.
const MAX_CELLS: usize = 1 << 20;

/// Returns where two texts differ.
pub(super) fn hunks(old: &str, new: &str) -> Vec<Hunk> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let n_before = common(old.iter(), new.iter());
    let (old, new) = (&old[n_before..], &new[n_before..]);
    let n_behind = common(old.iter().rev(), new.iter().rev());
    let (old, new) = (&old[..old.len() - n_behind], &new[..new.len() - n_behind]);

    let mut hunks: Vec<Hunk> = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (next_i, next_j) in matches(old, new)
        .into_iter()
        .chain([(old.len(), new.len())])
    {
        if (i, j) != (next_i, next_j) {
            let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
            hunks.push(Hunk {
                line: n_before + j + 1,
                old: owned(&old[i..next_i]),
                new: owned(&new[j..next_j]),
            });
        }
        (i, j) = (next_i + 1, next_j + 1);
    }
    hunks
}

fn common<'l>(
    one: impl Iterator<Item = &'l &'l str>,
    other: impl Iterator<Item = &'l &'l str>,
) -> usize {
    one.zip(other).take_while(|(a, b)| a == b).count()
}

/// Returns the positions of a longest common subsequence.
fn matches(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    if (old.len() + 1) * width > MAX_CELLS {
        return Vec::new();
    }
    // How many lines are common from here to the end.
    let mut lengths = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i * width + j] = if old[i] == new[j] {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            found.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] == lengths[i * width + j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::hunks;

    fn in_short(old: &str, new: &str) -> Vec<String> {
        let text = |lines: &[String]| lines.join("");
        hunks(&old.replace(' ', "\n"), &new.replace(' ', "\n"))
            .iter()
            .map(|hunk| format!("{}:{}>{}", hunk.line, text(&hunk.old), text(&hunk.new)))
            .collect()
    }

    #[test]
    fn lines_that_stay_part_the_hunks() {
        for (old, new, expected) in [
            ("a b c", "a b c", &[][..]),
            ("a b c", "a x c", &["2:b>x"]),
            ("a b c", "a c", &["2:b>"]),
            ("a c", "a b c", &["2:>b"]),
            ("a b c d e", "x b c d y", &["1:a>x", "5:e>y"]),
            ("a b c d", "b d e", &["1:a>", "2:c>", "3:>e"]),
            ("", "a", &["1:>a"]),
            ("a", "", &["1:a>"]),
        ] {
            assert_eq!(in_short(old, new), expected, "{old} to {new}");
        }
    }
}
