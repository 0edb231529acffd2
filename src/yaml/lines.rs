//! Lines and columns of places in a text. Many may be asked for in any order, of lines that may be as long as the text.

/// Bytes between the places up to which is counted once.
const BLOCK: usize = 256;

/// A text of which lines and columns are asked for.
#[derive(Debug, Clone)]
pub struct Lines<'t> {
    text: &'t str,
    /// What lies before each block.
    before: Vec<Before>,
}

/// What lies before a byte of a text.
#[derive(Debug, Clone, Copy, Default)]
struct Before {
    n_lines: usize,
    n_characters: usize,
    /// Where the line begins that the byte is in.
    line_start: usize,
}

impl Before {
    /// Returns what lies before the end of some bytes; it is known what lies before their beginning, which is at `start`.
    fn and(self, start: usize, bytes: &[u8]) -> Self {
        let last = bytes.iter().rposition(|byte| *byte == b'\n');
        Self {
            n_lines: self.n_lines + bytes.iter().filter(|byte| **byte == b'\n').count(),
            n_characters: self.n_characters + n_characters(bytes),
            line_start: last.map_or(self.line_start, |last| start + last + 1),
        }
    }
}

/// Where a place is: line and column from 1, the column in characters, and the byte that the line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Its line.
    pub line: usize,
    /// Its column.
    pub column: usize,
    /// Where the line begins.
    pub line_start: usize,
}

impl<'t> Lines<'t> {
    /// Counts the lines of a text.
    pub fn of(text: &'t str) -> Self {
        let mut last = Before::default();
        let blocks = text.as_bytes().chunks(BLOCK).zip(0..);
        let before = blocks.map(|(block, number)| {
            let before = last;
            last = before.and(number * BLOCK, block);
            before
        });
        Self {
            text,
            before: before.collect(),
        }
    }

    /// Returns where a byte is, or the end of the text where there is no such byte.
    pub fn position(&self, at: usize) -> Position {
        let at = self.text.floor_char_boundary(at);
        let before = self.before(at);
        Position {
            line: before.n_lines + 1,
            column: before.n_characters - self.before(before.line_start).n_characters + 1,
            line_start: before.line_start,
        }
    }

    fn before(&self, at: usize) -> Before {
        // The end of a text of whole blocks lies behind the last.
        let number = (at / BLOCK).min(self.before.len().saturating_sub(1));
        let start = number * BLOCK;
        let before = self.before.get(number).copied().unwrap_or_default();
        before.and(start, &self.text.as_bytes()[start..at])
    }
}

/// Returns how many characters begin in some bytes of a text.
fn n_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Lines, Position};

    #[test]
    fn every_place_of_a_text_has_the_line_and_the_column_that_counting_gives() {
        for text in [
            String::new(),
            "a\n\nbé🦀\n".to_owned(),
            "é\n🦀\n\n".repeat(BLOCK),
            "🦀x".repeat(BLOCK) + "\n" + &"é".repeat(BLOCK),
            "x".repeat(2 * BLOCK),
            "\n".repeat(BLOCK),
        ] {
            let lines = Lines::of(&text);
            let (mut line, mut column, mut line_start) = (1, 1, 0);
            let end = [(text.len(), '\0'), (text.len() + 9, '\0')];
            for (at, c) in text.char_indices().chain(end) {
                let expected = Position {
                    line,
                    column,
                    line_start,
                };
                if at % 7 == 0 || at.is_multiple_of(BLOCK) || at >= text.len() {
                    assert_eq!(lines.position(at), expected, "{at}");
                }
                if c == '\n' {
                    (line, column, line_start) = (line + 1, 1, at + 1);
                } else if c != '\0' {
                    column += 1;
                }
            }
        }
    }
}
