{{- define "skiff.consul.enabled" -}}
{{- if eq (include "skiff.setting" (list . "consul.enabled")) "true" -}}true{{- end -}}
{{- end -}}

{{/* Returns the URL of the agent. Default: the agent on the pod's node, whose address is in brackets in case it is IPv6. */}}
{{- define "skiff.consul.address" -}}
{{- include "skiff.setting" (list . "consul.address") | default "http://$(HOST_IP):8500" | replace "//$(HOST_IP)" "//[$(HOST_IP)]" -}}
{{- end -}}

{{/* Sets the addresses of the pod and of the agent. HOST_IP comes before the variable that refers to it, as required. */}}
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

{{/* Egress to the agent, at any address, and to the other instances of the service, which Consul lists. */}}
{{- define "skiff.consul.egress" -}}
{{- if include "skiff.consul.enabled" . -}}
- ports: [{ port: {{ include "skiff.urlPort" (include "skiff.consul.address" .) }}, protocol: TCP }]
- to: [{ podSelector: { matchLabels: {{ include "skiff.selectorLabels" . | fromYaml | toJson }} } }]
  ports: [{ port: http, protocol: TCP }]
{{- end -}}
{{- end -}}

{{- define "skiff.consul.variables" -}}consul.address{{- end -}}
{{- define "skiff.consul.volumes" -}}{{- end -}}
{{- define "skiff.consul.volumeMounts" -}}{{- end -}}
