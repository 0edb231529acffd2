{{- define "cache.labels" -}}
app.kubernetes.io/name: {{ .root.Release.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: cache-layer
app.kubernetes.io/managed-by: cachegen
{{- end -}}
