//! What is looked for in bytes, many at once where that is quicker.

/// Tells whether there are controls, a byte order mark, a line separator or a non-character, on which readers differ.
pub(super) fn has_odd_character(text: &[u8]) -> bool {
    let is_odd = |position: usize| match &text[position..] {
        [0xc2, next, ..] => *next < 0xa0,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => true,
        [0xef, 0xbb, 0xbf, ..] | [0xef, 0xbf, 0xbe | 0xbf, ..] => true,
        [b'\n', ..] => false,
        [0..b' ' | 0x7f, ..] => true,
        _ => false,
    };
    // Without a way out, many bytes are looked at together.
    let may_be_odd = |piece: &[u8]| {
        let bytes = piece.iter().copied();
        bytes.fold(false, |any, byte| any | may_begin_odd(byte))
    };
    text.chunks(64)
        .zip((0..).step_by(64))
        .filter(|(piece, _)| may_be_odd(piece))
        .any(|(piece, start)| (start..start + piece.len()).any(is_odd))
}

/// Tells whether an odd character may begin with a byte.
fn may_begin_odd(byte: u8) -> bool {
    ((byte < b' ') & (byte != b'\n'))
        | (byte == 0x7f)
        | (byte == 0xc2)
        | (byte == 0xe2)
        | (byte == 0xef)
}

/// Returns where the first line of a text ends. Most lines are short, so that eight bytes at once are enough.
pub(super) fn line_length(text: &[u8]) -> usize {
    const LOW: u64 = 0x0101_0101_0101_0101;
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        // A byte is 0 where there was a line break; the lowest bit that is then set is of the first.
        let word = u64::from_le_bytes(*word) ^ (LOW * u64::from(b'\n'));
        let breaks = word.wrapping_sub(LOW) & !word & (LOW << 7);
        if breaks != 0 {
            return index * 8 + (breaks.trailing_zeros() / 8) as usize;
        }
    }
    let in_rest = rest.iter().position(|byte| *byte == b'\n');
    words.len() * 8 + in_rest.unwrap_or(rest.len())
}

/// Returns how many blanks a text begins with.
pub(super) fn n_blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b' ').count()
}

#[cfg(test)]
mod tests {
    use super::{has_odd_character, line_length};

    #[test]
    fn odd_characters_are_found_wherever_they_stand() {
        for (c, expected) in [
            ('\0', true),
            ('\t', true),
            ('\n', false),
            ('\r', true),
            (' ', false),
            ('\u{7f}', true),
            ('\u{85}', true),
            ('\u{a0}', false),
            ('é', false),
            ('\u{2027}', false),
            ('\u{2028}', true),
            ('\u{2029}', true),
            ('\u{e000}', false),
            ('\u{feff}', true),
            ('\u{fffd}', false),
            ('\u{fffe}', true),
            ('\u{ffff}', true),
        ] {
            for position in 0..140 {
                let text = format!("{}{c}{}", "a".repeat(position), "a".repeat(140 - position));
                assert_eq!(
                    has_odd_character(text.as_bytes()),
                    expected,
                    "{c:?} at {position}"
                );
            }
        }
    }

    #[test]
    fn a_line_ends_at_its_first_break() {
        for length in 0..40 {
            let line = b"\x0b\x8aa\t".iter().copied().cycle().take(length);
            let text: Vec<u8> = line.chain(*b"\n\x0b\n\n").collect();
            assert_eq!(line_length(&text), length);
            assert_eq!(line_length(&text[..length]), length);
        }
    }
}
