//! What YAML and JSON are read to: types, places, faults, and where it is too much.

use cachegen::yaml::{
    self, Content, MAX_DEPTH, MAX_EXPANDED_NODES, MAX_NODES, Node, ReadError, Span, Value,
};

use crate::support::plain;

/// The one value of a text without faults, as JSON.
#[track_caller]
fn read(text: &str) -> String {
    let reading = yaml::read(text, 0).unwrap_or_else(|faults| panic!("{text}\n{faults:?}"));
    assert_eq!(reading.faults, [], "{text}");
    let documents: Vec<String> = reading
        .documents
        .iter()
        .map(|one| plain(one).to_json())
        .collect();
    documents.join(" --- ")
}

fn faults(text: &str) -> Vec<ReadError> {
    match yaml::read(text, 0) {
        Ok(reading) => reading.faults,
        Err(faults) => faults,
    }
}

/// The codes of what is wrong with a text, each once.
fn codes(text: &str) -> Vec<&'static str> {
    let mut codes: Vec<_> = faults(text).into_iter().map(|fault| fault.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn at(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

fn json(text: &str) -> Result<(Node, usize), ReadError> {
    yaml::read_json(text, 0, 0)
}

#[test]
fn numbers_are_those_of_kubectl() {
    for (text, value) in [
        ("0777", "511"),
        ("-0777", "-511"),
        ("08", "8"),
        ("0o17", "15"),
        ("0O17", "15"),
        ("0b101", "5"),
        ("0x1F", "31"),
        ("-0x1F", "-31"),
        ("1_000", "1000"),
        ("00", "0"),
        ("-0", "0"),
        ("+5", "5"),
        ("1.", "1"),
        (".5", "0.5"),
        ("-.5e+1", "-5"),
        ("1E3", "1000"),
        ("0x", "\"0x\""),
        ("0b2", "\"0b2\""),
        ("0o8", "\"0o8\""),
        ("1.5.2", "\"1.5.2\""),
        ("1x.5", "\"1x.5\""),
        ("1.x", "\"1.x\""),
        (".", "\".\""),
        ("-.", "\"-.\""),
        ("1e", "\"1e\""),
        ("1e+", "\"1e+\""),
        ("++5", "\"++5\""),
        ("-inf", "\"-inf\""),
        ("+nan", "\"+nan\""),
        ("1.e5", "100000"),
        ("1e5x", "\"1e5x\""),
        ("1e400", "\"1e400\""),
        // Beyond 128 bits a decimal number keeps its digits, and others are text.
        (
            "340282366920938463463374607431768211456",
            "340282366920938463463374607431768211456",
        ),
        (
            "0340282366920938463463374607431768211459",
            "340282366920938463463374607431768211459",
        ),
        (
            "0x100000000000000000000000000000000",
            "\"0x100000000000000000000000000000000\"",
        ),
    ] {
        assert_eq!(read(&format!("a: {text}\n")), format!("{{\"a\":{value}}}"));
        assert_eq!(
            read(&format!("a: &a {text}\n")),
            format!("{{\"a\":{value}}}")
        );
    }
}

#[test]
fn numbers_are_numbers_to_templates() {
    let seen = |text: &str| {
        serde_json::to_string(&plain(&yaml::read(text, 0).unwrap().documents[0])).unwrap()
    };
    assert_eq!(
        seen("a: [1, -7, 1.5, 18446744073709551616, '1']"),
        r#"{"a":[1,-7,1.5,1.8446744073709552e+19,"1"]}"#
    );
}

#[test]
fn a_document_is_empty_where_nothing_is_written() {
    for (text, documents) in [
        ("", ""),
        ("# c\n", ""),
        ("---\n---\n", ""),
        ("~\n", "null"),
        ("''\n", "\"\""),
        ("--- ~\n--- null\n", "null --- null"),
        (
            "a: b\n---\n# c\n---\nc: d\n",
            "{\"a\":\"b\"} --- {\"c\":\"d\"}",
        ),
        // An indented line of dashes ends nothing.
        ("a:\n  ---\n", "{\"a\":\"---\"}"),
        ("a: b\n ---\n", "{\"a\":\"b ---\"}"),
    ] {
        assert_eq!(read(text), documents, "{text}");
    }
}

#[test]
fn a_block_keeps_its_blanks() {
    for (text, value) in [
        ("a: |\n  b\n     \n  c\n", "b\\n   \\nc\\n"),
        ("a: |\n  b\n  \n  c\n", "b\\n\\nc\\n"),
        ("a: |\n  b\n\n  c\n", "b\\n\\nc\\n"),
        ("a: |-\n  b\n   c\n\n", "b\\n c"),
        ("a: |+\n  b\n\n", "b\\n\\n"),
        ("a: |\n  b\n  # c\n# d\n", "b\\n# c\\n"),
    ] {
        assert_eq!(read(text), format!("{{\"a\":\"{value}\"}}"), "{text}");
    }
}

#[test]
fn one_line_says_the_same_in_every_style() {
    for (text, value) in [
        ("a: 'it''s'", "\"it's\""),
        ("a: ''", "\"\""),
        ("a: ['it''s', '']", "[\"it's\",\"\"]"),
        ("'a': \"b\\\"\\u00e9\"", "\"b\\\"é\""),
        ("a: b#c", "\"b#c\""),
        ("a: b #c", "\"b\""),
        ("a: # c", "null"),
        ("a: [b#c, d]", "[\"b#c\",\"d\"]"),
        ("a: http://b:80/c", "\"http://b:80/c\""),
        ("a: [-1, -b]", "[-1,\"-b\"]"),
        ("a: -1", "-1"),
        ("a: --b", "\"--b\""),
        ("a: [b, ]", "[\"b\"]"),
        (
            "a: {b: [c, {d: e}], f: \"g, h\"}",
            "{\"b\":[\"c\",{\"d\":\"e\"}],\"f\":\"g, h\"}",
        ),
        ("a:\n- b\n-\n  - c\n- - d\n", "[\"b\",[\"c\"],[\"d\"]]"),
        ("a:\n-\n- # b\n- c\n", "[null,null,\"c\"]"),
    ] {
        assert_eq!(read(text), format!("{{\"a\":{value}}}"), "{text}");
    }
}

#[test]
fn a_tag_says_the_type_or_has_no_meaning() {
    for (text, value) in [
        ("! 1", "\"1\""),
        ("!!str 1", "\"1\""),
        ("!!int 0x1F", "31"),
        ("!!float .5", "0.5"),
        ("!!bool yes", "true"),
        ("!!null ~", "null"),
    ] {
        assert_eq!(read(&format!("a: {text}")), format!("{{\"a\":{value}}}"));
    }
    for text in [
        "!<a> 1",
        "!a 1",
        "!<!a> 1",
        "!!int 1.5",
        "!!bool 1",
        "!!float a",
        "!!null a",
        "!!map []",
        "!!seq {}",
        "!!binary aGk=",
    ] {
        assert_eq!(codes(&format!("a: {text}")), ["yaml-tag"], "{text}");
    }
}

#[test]
fn what_nests_is_read_to_its_limit_however_it_is_written() {
    let blocks = |n: usize, line: &str| {
        (0..n)
            .map(|depth| " ".repeat(depth) + line)
            .collect::<String>()
    };
    type Nested = (&'static str, fn(usize) -> String);
    let shapes: [Nested; 8] = [
        ("lists in a line", |n| {
            format!("{}a{}", "[".repeat(n), "]".repeat(n))
        }),
        ("maps in a line", |n| {
            format!("{}b{}", "{a: ".repeat(n), "}".repeat(n))
        }),
        ("lists behind dashes", |n| "- ".repeat(n) + "a"),
        ("keys", |n| "? ".repeat(n) + "a"),
        ("a list behind dashes and in a line", |n| {
            "- ".repeat(n - 1) + "[a]"
        }),
        ("lists behind dashes behind an anchor", |n| {
            "- ".repeat(n - 1) + "&a [a]"
        }),
        ("JSON's lists", |n| {
            format!("{}1{}", "[".repeat(n), "]".repeat(n))
        }),
        ("JSON's maps", |n| {
            format!("{}1{}", "{\"a\":".repeat(n), "}".repeat(n))
        }),
    ];
    for (what, shape) in shapes {
        for (depth, is_deep) in [(MAX_DEPTH, false), (MAX_DEPTH + 1, true)] {
            let text = shape(depth);
            let is_refused = if what.starts_with("JSON") {
                json(&text).is_err()
            } else {
                codes(&text).contains(&"yaml-depth")
            };
            assert_eq!(is_refused, is_deep, "{what}, {depth}");
        }
    }
    for line in ["a:\n", "-\n"] {
        assert!(!codes(&blocks(MAX_DEPTH, line)).contains(&"yaml-depth"));
        assert_eq!(codes(&blocks(MAX_DEPTH + 1, line)), ["yaml-depth"]);
    }
    // A list at the column of its key is one level, as if it were indented.
    let pairs = |n: usize| {
        let deeper = |level: usize| format!("{}- a:\n", "  ".repeat(level));
        let levels: String = (0..n - 1).map(deeper).collect();
        format!("a:\n{levels}{}- b\n", "  ".repeat(n - 1))
    };
    assert_eq!(codes(&pairs(MAX_DEPTH / 2)), [""; 0]);
    assert_eq!(codes(&pairs(MAX_DEPTH / 2 + 1)), ["yaml-depth"]);
}

#[test]
fn as_much_is_read_as_fits() {
    // The list is one itself, and so are its items.
    let list = |n_nodes: usize| format!("[{}]", "a,".repeat(n_nodes - 1));
    assert_eq!(codes(&list(MAX_NODES)), [""; 0]);
    assert_eq!(codes(&list(MAX_NODES + 1)), ["yaml-size"]);
    for anchored in [
        "[a, a, a, a, a, a, a, a, a]",
        "{a: a, b: a, c: a, d: a, e: a, f: a, g: a, h: a, i: a}",
    ] {
        let aliases = |n: usize| format!("a: &a {anchored}\nb: [{}]\n", "*a,".repeat(n));
        assert_eq!(codes(&aliases(MAX_EXPANDED_NODES / 10)), [""; 0]);
        assert_eq!(codes(&aliases(MAX_EXPANDED_NODES / 10 + 1)), ["yaml-alias"]);
    }
}

#[test]
fn a_key_that_stands_twice_is_found_in_maps_of_any_length() {
    for n_keys in [1, 2, 15, 16, 17, 18, 40, 257, 258, 300] {
        let keys: String = (0..n_keys).map(|key| format!("k{key}: v\n")).collect();
        assert_eq!(codes(&keys), [""; 0]);
        for twin in [0, n_keys / 2, n_keys - 1] {
            let text = format!("{keys}last: v\nk{twin}: v\n");
            let found = faults(&text);
            let twins: Vec<_> = found
                .iter()
                .map(|fault| (fault.code, at(&text, fault.span)))
                .collect();
            assert_eq!(
                twins,
                [("duplicate-key", format!("k{twin}").as_str())],
                "{n_keys}"
            );
        }
    }
}

#[test]
fn a_value_ends_where_its_last_character_stands() {
    // With an anchor, so that the reader of the whole language reads it.
    for (text, value) in [
        ("a: &x\n  b: c\n\n# d\ne: f\n", "b: c"),
        ("a: &x\n  b: {c: d}\n\ne: f\n", "b: {c: d}"),
        ("a: &x\n- b\n\n# d\ne: f\n", "b"),
        ("a: &x\n- [b]\n\ne: f\n", "[b]"),
        ("a: &x {b: c} # d\n", "{b: c}"),
        ("a: &x [b, c ] # d\n", "[b, c ]"),
        ("a: &x {b: {c: d} }\n", "{b: {c: d} }"),
        ("a: &x 'b' # c\n", "'b'"),
    ] {
        let reading = yaml::read(text, 0).unwrap();
        let span = reading.documents[0].entry("a").unwrap().value.span;
        assert!(
            at(text, span).ends_with(value),
            "{text}{:?}",
            at(text, span)
        );
        let whole = Span {
            start: 0,
            ..reading.documents[0].span
        };
        assert_eq!(at(text, whole).trim_end(), at(text, whole), "{text}");
    }
}

#[test]
fn nothing_stands_behind_its_key_or_dash() {
    for (text, place) in [("a:\n", 2), ("a:\n- b\n-\n", 8), ("a:\n-\n- b\n", 4)] {
        let reading = yaml::read(text, 0).unwrap();
        let value = &reading.documents[0].entry("a").unwrap().value;
        let nothing = match &value.content {
            Content::Sequence(items) => items.iter().find(|item| item.is_null()).unwrap(),
            _ => value,
        };
        assert_eq!(
            (nothing.span.start, nothing.span.end),
            (place, place),
            "{text}"
        );
    }
}

#[test]
fn broken_syntax_is_shown_where_it_is() {
    for (text, place) in [
        ("a: @b\n", "@"),
        ("a:\n\tb: c\n", "\t"),
        ("a: b\u{7}c\n", "\u{7}"),
        ("a: é\nb: c\u{7}\n", "\u{7}"),
        ("a: [é\n", "["),
    ] {
        let found = faults(text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(at(text, found[0].span), place, "{text}{found:?}");
    }
}

#[test]
fn json_means_what_it_means_to_others() {
    for (text, value) in [
        (
            r#""\"\\\/\b\f\n\r\t\u00e9""#,
            "\"\\\"\\\\/\\b\\f\\n\\r\\té\"",
        ),
        (r#""\ud83d\ude00""#, "\"\u{1f600}\""),
        (r#""\uD800\uDC00""#, "\"\u{10000}\""),
        (r#""\udbff\udfff""#, "\"\u{10ffff}\""),
        // Half a character, as in Go.
        (r#""\ud800""#, "\"\u{fffd}\""),
        (r#""\ud800\u0041""#, "\"\u{fffd}A\""),
        (r#""\udc00x""#, "\"\u{fffd}x\""),
        (
            "[-0.5e-3, 0, 10, true, false, null, {}, []]",
            "[-0.0005,0,10,true,false,null,{},[]]",
        ),
    ] {
        let (node, end) = json(text).unwrap();
        let seen: serde_json::Value = serde_json::from_str(&plain(&node).to_json()).unwrap();
        let meant: serde_json::Value = serde_json::from_str(value).unwrap();
        assert_eq!((seen, end), (meant, text.len()), "{text}");
    }
}

#[test]
fn what_is_no_json_is_shown_where_it_is() {
    for (text, place, message) in [
        ("[1,]", 3..4, "wanted here"),
        ("{\"a\":1,}", 7..8, "a key in double quotes"),
        ("{\"a\" 1}", 5..6, "`:` is wanted"),
        ("{\"a\":1 \"b\"}", 7..8, "`,` or `}`"),
        ("[1 2]", 3..4, "`,` or `]`"),
        ("[é]", 1..3, "wanted here"),
        ("[\"a", 1..2, "no closing"),
        ("[\"a\\", 3..4, "no closing"),
        ("\"a\u{1f}\"", 2..3, "a control character"),
        ("\"a\tb\"", 2..3, "a control character"),
        ("\"\\u12g4\"", 1..2, "four hexadecimal digits"),
        ("\"\\u+123\"", 1..2, "four hexadecimal digits"),
        ("\"\\ud800\\u12\"", 7..8, "four hexadecimal digits"),
        ("\"\\é\"", 1..2, "no such escape"),
        ("[1.]", 1..2, "lacks digits"),
        ("[-]", 1..2, "lacks digits"),
        ("[1e+]", 1..2, "lacks digits"),
        ("[1e400]", 1..2, "too large"),
        ("{\"a\":1,\"a\":2}", 7..10, "stands twice"),
    ] {
        let fault = json(text).unwrap_err();
        assert_eq!(
            fault.span.start..fault.span.end,
            place,
            "{text}: {}",
            fault.message
        );
        assert!(fault.message.contains(message), "{text}: {}", fault.message);
    }
}

#[test]
fn json_for_people_has_a_line_an_item() {
    let value = plain(
        &yaml::read("a: {b: [1, {}, []], c: {}}\nd: []\n", 0)
            .unwrap()
            .documents[0],
    );
    let lines = "{\n  \"a\": {\n    \"b\": [\n      1,\n      {},\n      []\n    ],\n    \"c\": {}\n  },\n  \"d\": []\n}\n";
    assert_eq!(yaml::json_lines(&value), lines);
    assert_eq!(yaml::json_lines(&Value::Null), "null\n");
}
