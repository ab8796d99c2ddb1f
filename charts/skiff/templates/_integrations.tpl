{{/*
The integrations of the service, one per line. Each has its own file, which defines `skiff.NAME.env` (environment
variables), `skiff.NAME.egress` (egress rules of the NetworkPolicy), `skiff.NAME.volumes` and `skiff.NAME.volumeMounts`, and
`skiff.NAME.variables` (comma-separated keys of settings that `env` sets instead of the mounted file when Kubernetes has to
expand their values).
*/}}
{{- define "skiff.integrations" -}}
consul
kubernetes
postgres
otlp
{{- end -}}

{{/* Joins the output of the template `skiff.NAME.env` of each integration: (list $ "env") */}}
{{- define "skiff.fromIntegrations" -}}
{{- $root := index . 0 -}}
{{- $parts := list -}}
{{- range compact (splitList "\n" (include "skiff.integrations" $root)) -}}
{{- $parts = append $parts (include (printf "skiff.%s.%s" . (index $ 1)) $root) -}}
{{- end -}}
{{- compact $parts | join "\n" -}}
{{- end -}}
