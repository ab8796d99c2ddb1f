{{- define "skiff.consul.enabled" -}}
{{- if eq (include "skiff.setting" (list . "consul.enabled")) "true" -}}true{{- end -}}
{{- end -}}

{{/* The agent of the pod's own node, unless `config` names another. The address of a node may be one of IPv6. */}}
{{- define "skiff.consul.address" -}}
{{- include "skiff.setting" (list . "consul.address") | default "http://$(HOST_IP):8500" | replace "//$(HOST_IP)" "//[$(HOST_IP)]" -}}
{{- end -}}

{{/* Where the agent is, and where the agent finds this pod. Kubernetes expands a variable only after its definition. */}}
{{- define "skiff.consul.env" -}}
{{- if include "skiff.consul.enabled" . -}}
- name: POD_IP
  valueFrom: { fieldRef: { fieldPath: status.podIP } }
- name: HOST_IP
  valueFrom: { fieldRef: { fieldPath: status.hostIP } }
{{- if contains "$(" (include "skiff.consul.address" .) }}
- name: SKIFF_CONSUL_ADDRESS
  value: {{ include "skiff.consul.address" . | quote }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* The agent, wherever it is; and other instances of the service, which are found with it. */}}
{{- define "skiff.consul.egress" -}}
{{- if include "skiff.consul.enabled" . -}}
- ports: [{ port: {{ include "skiff.urlPort" (include "skiff.consul.address" .) }}, protocol: TCP }]
- to: [{ podSelector: { matchLabels: {{ include "skiff.selectorLabels" . | fromYaml | toJson }} } }]
  ports: [{ port: http, protocol: TCP }]
{{- end -}}
{{- end -}}

{{- define "skiff.consul.variables" -}}consul.address{{- end -}}
