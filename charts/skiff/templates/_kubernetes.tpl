{{/* The API server as an integration of the server: leases for `leaderElection: kubernetes`, and EndpointSlices. */}}
{{- define "skiff.kubernetes.enabled" -}}
{{- if eq (include "skiff.setting" (list . "kubernetes.enabled")) "true" -}}true{{- end -}}
{{- end -}}

{{- define "skiff.kubernetes.env" -}}{{- end -}}
{{- define "skiff.kubernetes.variables" -}}{{- end -}}

{{- define "skiff.kubernetes.egress" -}}
{{- if include "skiff.kubernetes.enabled" . -}}{{- include "skiff.apiServer.egress" . -}}{{- end -}}
{{- end -}}

{{- define "skiff.kubernetes.volumes" -}}
{{- if include "skiff.kubernetes.enabled" . -}}{{- include "skiff.apiServer.volume" . -}}{{- end -}}
{{- end -}}

{{- define "skiff.kubernetes.volumeMounts" -}}
{{- if include "skiff.kubernetes.enabled" . -}}{{- include "skiff.apiServer.volumeMount" . -}}{{- end -}}
{{- end -}}

{{/*
Egress to the API server. Its Service listens on port 443; most clusters listen on port 6443 behind it, and whether a policy
sees the one or the other depends on the network plug-in.
*/}}
{{- define "skiff.apiServer.egress" -}}
- ports: [{ port: 443, protocol: TCP }, { port: 6443, protocol: TCP }]
  {{- with .Values.networkPolicy.apiServer }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/*
The files that Kubernetes would mount by itself, with a token that is valid for one hour instead of a year and only while the
pod exists. Its audience is that of the API server, whose name differs between clusters. The kubelet renews it.
*/}}
{{- define "skiff.apiServer.volume" -}}
- name: kubernetes-api
  projected:
    sources:
      - serviceAccountToken: { path: token, expirationSeconds: 3600 }
      - configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: ca.crt }] }
      - downwardAPI: { items: [{ path: namespace, fieldRef: { fieldPath: metadata.namespace } }] }
{{- end -}}

{{- define "skiff.apiServer.volumeMount" -}}
- { name: kubernetes-api, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true }
{{- end -}}
