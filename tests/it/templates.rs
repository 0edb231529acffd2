//! Templates of the user's own: the last that they may be, the first that they may not, and what they can look into.

use std::fs;

use crate::support::{Run, objects, render, run};

const HEAD: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n";

/// Renders the client Service with these templates.
fn with(templates: &[(&str, &str)]) -> Run {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in templates {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let folder = directory.path().to_str().unwrap();
    let only = "templates/service.yaml.j2";
    run(&["render", "--template-dir", folder, "-s", only])
}

/// What a template of the Service makes of `a`, as JSON.
#[track_caller]
fn made(body: &str) -> String {
    let run = with(&[("service.yaml.j2", &format!("{HEAD}{body}"))]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{body}");
    let service = objects(&run.stdout).remove(0);
    service.at(&["a"]).unwrap().to_json()
}

#[track_caller]
fn fails(body: &str, message: &str) {
    let run = with(&[("service.yaml.j2", &format!("{HEAD}{body}"))]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{body}");
    assert!(run.stderr.contains(message), "{}", run.stderr);
}

#[test]
fn an_expression_has_at_most_a_thousand_words_and_signs() {
    let sum = |start: &str| format!("a: {{{{ {start}{} }}}}\n", "+1".repeat(499));
    assert_eq!(made(&sum("- 1")), "498");
    fails(
        &sum("- - 1"),
        "an expression has more than 1000 words and signs",
    );
}

#[test]
fn a_template_has_at_most_a_thousand_branches_and_65534_lines() {
    let branches = |n: usize| {
        let branches = "{% elif 0 %}x".repeat(n);
        format!("a: {{% if 0 %}}{branches}{{% else %}}1{{% endif %}}\n")
    };
    assert_eq!(made(&branches(1000)), "1");
    fails(&branches(1001), "there are more than 1000 `elif`");
    let n_lines = HEAD.lines().count() + 1;
    let lines = |n: usize| format!("a: 1{}", "\n".repeat(n + 1 - n_lines));
    assert_eq!(made(&lines(65_534)), "1");
    fails(&lines(65_535), "a template has at most 65534 lines");
}

#[test]
fn a_template_has_at_most_a_mebibyte_and_a_directory_four_levels() {
    let sized = |n: usize| {
        let comments = format!("#{}\n", "x".repeat(1022)).repeat(1024);
        let text = format!("{HEAD}a: 1\n{comments}");
        with(&[("service.yaml.j2", &text[..n])])
    };
    let last = sized(1 << 20);
    assert_eq!((last.code, last.stderr.as_str()), (0, ""));
    let first = sized((1 << 20) + 1);
    assert_eq!((first.code, first.stdout.as_str()), (2, ""));
    let message = "is no file of at most 1048576 bytes";
    assert!(first.stderr.contains(message), "{}", first.stderr);

    let deep = |levels: &str| {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join(levels)).unwrap();
        run(&[
            "render",
            "--template-dir",
            directory.path().to_str().unwrap(),
        ])
    };
    assert_eq!(deep("a/b/c/d").stderr, "");
    let first = deep("a/b/c/d/e");
    assert!(first.stderr.contains(message), "{}", first.stderr);
}

#[test]
fn what_cannot_be_read_is_told_at_its_line_whatever_was_filled_in_before_it() {
    for n_holes in [1, 9, 10, 11, 40, 120] {
        let holes: String = (0..n_holes)
            .map(|number| format!("h{number}: {{{{ namespace }}}}\n"))
            .collect();
        let line = HEAD.lines().count() + n_holes + 1;
        fails(
            &format!("{holes}a: b: {{{{ namespace }}}}\nc: d\n"),
            &format!("service.yaml.j2:{line}"),
        );
    }
}

#[test]
fn an_object_nests_as_deep_as_it_is_read_back() {
    for level in ["[l]", "{'a': l}"] {
        let nested = |n: usize| {
            let levels = format!("{{% set l = {level} %}}\n").repeat(n);
            format!("{{% set l = 1 %}}\n{levels}a: {{{{ l }}}}\n")
        };
        let open = level.chars().next().unwrap();
        assert_eq!(made(&nested(99)).matches(open).count(), 99);
        for n in [100, 101, 102, 1000] {
            fails(&nested(n), "lists and maps nest more than 100 levels deep");
        }
    }
}

#[test]
fn values_of_ones_own_templates_take_at_most_sixteen_mebibytes() {
    let texts = |n: usize| format!("{{% set s = 'x' * 1000000 %}}\na: {{{{ [s] * {n} }}}}\n");
    assert!(made(&texts(16)).len() > 16_000_000);
    fails(&texts(17), "values take more than 16777216 bytes");
    // What a function returned counts whole, each time; it was itself made of one.
    let labels = |n: usize| {
        format!("{{% set m = labels('x', {{'x': 'x' * 1000000}}) %}}\na: {{{{ [m] * {n} }}}}\n")
    };
    assert!(made(&labels(15)).len() > 15_000_000);
    fails(&labels(16), "values take more than 16777216 bytes");
}

#[test]
fn a_null_in_a_hole_drops_its_key_at_any_depth_and_stays_in_a_list() {
    let value = "{'b': none, 'c': [{'d': none, 'e': 1}, none], 'f': {'g': none}}";
    assert_eq!(
        made(&format!("a: {{{{ {value} }}}}\n")),
        r#"{"c":[{"e":1},null],"f":{}}"#
    );
}

#[test]
fn our_own_templates_may_take_what_they_need() {
    let annotations: String = (0..30_000).map(|n| format!("  a{n}: b\n")).collect();
    let stream = render(&format!("podAnnotations:\n{annotations}"));
    assert!(stream.contains("        a29999: b\n"));
}

#[test]
fn templates_render_one_another_at_most_eight_deep() {
    let chain = [
        "partials/probe-liveness.yaml.j2",
        "partials/probe-readiness.yaml.j2",
        "partials/probe-startup.yaml.j2",
        "partials/security-context-container.yaml.j2",
        "partials/security-context-pod.yaml.j2",
        "config/dashboard.json.j2",
        "scripts/backup.sh.j2",
        "scripts/init.sh.j2",
        "scripts/ready.sh.j2",
    ];
    let nested = |n: usize| {
        let call = |next: &str| match next.starts_with("partials/") {
            true => format!("{{{{ partial(\"{next}\", overlay={{}}) }}}}"),
            false => format!("{{{{ text(\"{next}\") }}}}"),
        };
        let mut templates = vec![("service.yaml.j2", format!("{HEAD}a: {}\n", call(chain[0])))];
        for (position, name) in chain[..n].iter().enumerate() {
            let text = match chain[..n].get(position + 1) {
                Some(next) if name.starts_with("partials/") => format!("a: {}\n", call(next)),
                Some(next) => call(next),
                None => "end".to_owned(),
            };
            templates.push((name, text));
        }
        let templates: Vec<(&str, &str)> = templates
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        with(&templates)
    };
    let last = nested(8);
    assert_eq!((last.code, last.stderr.as_str()), (0, ""));
    assert!(last.stdout.ends_with(" end\n"), "{}", last.stdout);
    let first = nested(9);
    assert_eq!((first.code, first.stdout.as_str()), (2, ""));
    let message = "templates render one another more than 8 deep";
    assert!(first.stderr.contains(message), "{}", first.stderr);
}

#[test]
fn what_is_no_expression_is_not_counted_as_one() {
    let words = "word ".repeat(1100);
    assert_eq!(made(&format!("{{#{{{{#}}a: 1 # {words}\n")), "1");
    let raw = "{% raw %}{% if {% x %}{{{% endraw %}";
    assert_eq!(made(&format!("a: 1 # {raw} {words}\n")), "1");
}

#[test]
fn a_template_can_look_into_what_the_functions_return() {
    let labels = r#"labels("redis")"#;
    let probe = r#"partial("partials/probe-startup.yaml.j2", overlay={})"#;
    let component = format!(r#"{labels}["app.kubernetes.io/component"]"#);
    for (expression, value) in [
        (component, r#""redis""#),
        (format!("{probe}.exec.command[0]"), r#""sh""#),
    ] {
        assert_eq!(made(&format!("a: {{{{ {expression} }}}}\n")), value);
    }
    let pairs = "a:\n{% for key, value in selector(\"redis\") | items %}\n  {{ key }}: {{ value }}\n{% endfor %}\n";
    assert_eq!(
        made(pairs),
        r#"{"app.kubernetes.io/name":"alerthistory","app.kubernetes.io/instance":"alerthistory","app.kubernetes.io/component":"redis"}"#
    );
    let list =
        format!("a:\n{{% for word in {probe}.exec.command %}}\n- {{{{ word }}}}\n{{% endfor %}}\n");
    assert_eq!(made(&list), r#"["sh","/etc/redis/ready.sh"]"#);
}

#[test]
fn a_hole_is_a_whole_value_and_other_text_is_any() {
    assert_eq!(made("a: {é: ü}\n"), r#"{"é":"ü"}"#);
    for hole in ["'{{ names.redis }}'", "x{{ names.redis }}"] {
        fails(&format!("a: {hole}\n"), "a hole has to be a whole value");
    }
    fails("a: {x{{ names.redis }}: 1}\n", "one whole text");
}

#[test]
fn a_hole_without_a_value_is_told_wherever_it_is() {
    for hole in ["nothing", "[nothing]", "{'b': nothing}"] {
        fails(&format!("a: {{{{ {hole} }}}}\n"), "undefined value");
    }
}

#[test]
fn an_object_has_a_version_a_kind_and_a_name() {
    for text in [
        "kind: Service\nmetadata: {name: x}\n",
        "apiVersion: v1\nmetadata: {name: x}\n",
        "apiVersion: v1\nkind: Service\n",
    ] {
        let run = with(&[("service.yaml.j2", text)]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{text}");
        let message = "an object is a map with `apiVersion`, `kind` and `metadata.name`";
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
}

#[test]
fn plain_text_takes_texts_and_whole_numbers() {
    let text = |expression: &str| {
        let service = format!("{HEAD}a: {{{{ text(\"scripts/backup.sh.j2\") }}}}\n");
        with(&[
            ("service.yaml.j2", &service),
            ("scripts/backup.sh.j2", &format!("{{{{ {expression} }}}}")),
        ])
    };
    for expression in ["\"7\"", "7"] {
        let run = text(expression);
        assert!(
            run.code == 0 && run.stdout.ends_with("a: \"7\"\n"),
            "{run:?}"
        );
    }
    for expression in ["1.5", "true", "none", "[1]"] {
        let run = text(expression);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{expression}");
        let message = "has no spelling in plain text";
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
}
