{{/* Ingress rule of a NetworkPolicy: scrapes and probes of the admin listener. */}}
{{- define "skiff.metricsIngress" -}}
- from:
    - podSelector: {}
    {{- with .Values.networkPolicy.metricsFrom }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  ports: [{ port: metrics, protocol: TCP }]
{{- end -}}

{{/* Egress rules of a NetworkPolicy, for every program. */}}
{{- define "skiff.egress" -}}
# DNS, to any address: the cluster's DNS may be a pod or an address on the node.
- ports: [{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }]
{{- range include "skiff.egressPorts" . | fromJsonArray }}
- ports: [{ port: {{ . }}, protocol: TCP }]
{{- end }}
{{- with .Values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}
