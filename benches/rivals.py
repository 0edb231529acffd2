"""What other programs need to render the objects of cachegen's standard profile: a Helm chart, and an overlay of Kustomize.

Both are made of what cachegen renders, so they are always of the same objects. The chart has holes where people have values:
name, namespace, labels, images, sizes. It decides nothing, so Helm has less to do than with a real chart.
"""

import re
from pathlib import Path

NAME = "alerthistory"

HELPERS = """\
{{- define "cache.labels" -}}
app.kubernetes.io/name: {{ .root.Release.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: cache-layer
app.kubernetes.io/managed-by: cachegen
{{- end -}}
"""

LABELS = re.compile(
    r"( +)app\.kubernetes\.io/name: .*\n"
    r"\1app\.kubernetes\.io/instance: .*\n"
    r"\1app\.kubernetes\.io/component: (.*)\n"
    r"\1app\.kubernetes\.io/part-of: cache-layer\n"
    r"\1app\.kubernetes\.io/managed-by: cachegen\n"
)

# What is a value, and the key that it stands under; the value is what was rendered.
HOLES = [
    ("redis", re.compile(r"(?<=        image: )redis:\S+")),
    ("exporter", re.compile(r"(?<=        image: )quay\.io/\S+")),
    ("maxmemory", re.compile(r"(?<=    maxmemory )\S+")),
    ("storage", re.compile(r"(?<=          storage: )\S+")),
]


def chart(stream: str, directory: Path) -> None:
    """Writes a chart that renders the objects of a stream."""
    templates = directory / "templates"
    templates.mkdir(parents=True)
    values = {}
    for document in stream.split("---\n"):
        source = re.match(r"# Source: cachegen/templates/(.*)\.j2\n", document)
        if not source:
            continue
        text = document[source.end() :]
        # Braces of alerts and dashboards are text.
        text = re.sub(r"\{\{|\}\}", lambda braces: '{{ "%s" }}' % braces.group(), text)
        for key, pattern in HOLES:
            found = pattern.search(text)
            if found:
                values[key] = found.group()
                text = pattern.sub("{{ .Values.%s }}" % key, text)
        text = text.replace(NAME, "{{ .Release.Name }}")
        text = re.sub(r"(namespace(: |=\"))default\b", r"\1{{ .Release.Namespace }}", text)
        text = LABELS.sub(
            lambda labels: '%s{{- include "cache.labels" (dict "root" . "component" "%s") | nindent %d }}\n'
            % (labels[1], labels[2], len(labels[1])),
            text,
        )
        (templates / source[1]).write_text(text)
    (templates / "_helpers.tpl").write_text(HELPERS)
    (directory / "Chart.yaml").write_text("apiVersion: v2\nname: cache\nversion: 0.1.0\n")
    lines = ['%s: "%s"\n' % (key, value.strip('"')) for key, value in values.items()]
    (directory / "values.yaml").write_text("".join(lines))


def overlay(stream: str, directory: Path) -> None:
    """Writes the objects as a base, and an overlay that says one label."""
    for part, text in [
        ("base", "resources: [manifests.yaml]\n"),
        ("overlay", "resources: [../base]\nlabels: [{pairs: {team: shop}}]\n"),
    ]:
        (directory / part).mkdir(parents=True)
        (directory / part / "kustomization.yaml").write_text(text)
    (directory / "base" / "manifests.yaml").write_text(stream)
