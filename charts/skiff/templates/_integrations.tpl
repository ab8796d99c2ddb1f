{{/*
The optional systems of the service, separated by commas. Each has a file of its own that defines, under its name,
`skiff.NAME.env` (variables), `skiff.NAME.egress` (rules of the NetworkPolicy) and `skiff.NAME.variables` (settings, by
dotted key and separated by commas, that `env` sets instead of the mounted file when Kubernetes has to expand them).
*/}}
{{- define "skiff.integrations" -}}
consul
{{- end -}}

{{/* What all of them define for a purpose: (list $ "env") */}}
{{- define "skiff.fromIntegrations" -}}
{{- $root := index . 0 -}}
{{- $parts := list -}}
{{- range compact (splitList "," (include "skiff.integrations" $root)) -}}
{{- $parts = append $parts (include (printf "skiff.%s.%s" . (index $ 1)) $root) -}}
{{- end -}}
{{- compact $parts | join "\n" -}}
{{- end -}}
