{{/* Metrics and logs over OTLP: egress to the receiver, if it is another one than that of the traces. */}}
{{- define "skiff.otlp.env" -}}{{- end -}}
{{- define "skiff.otlp.variables" -}}{{- end -}}
{{- define "skiff.otlp.volumes" -}}{{- end -}}
{{- define "skiff.otlp.volumeMounts" -}}{{- end -}}

{{- define "skiff.otlp.egress" -}}
{{- $urls := list (include "skiff.setting" (list . "otlp.endpoint")) -}}
{{- range .Values.extraEnv -}}
{{- if regexMatch "^OTEL_EXPORTER_OTLP_(METRICS|LOGS)_ENDPOINT$" .name -}}
{{- $urls = append $urls (default "" .value) -}}
{{- end -}}
{{- end -}}
{{- range compact $urls }}
- ports: [{ port: {{ include "skiff.urlPort" . }}, protocol: TCP }]
{{- end -}}
{{- end -}}
