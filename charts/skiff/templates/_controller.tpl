{{- define "skiff.controller.name" -}}
{{ include "skiff.fullname" . | trunc 52 | trimSuffix "-" }}-controller
{{- end -}}

{{/* Selects the pods of the controller. The name differs from the server's, whose selectors would otherwise select them too. */}}
{{- define "skiff.controller.selectorLabels" -}}
app.kubernetes.io/name: {{ printf "%s-controller" (include "skiff.name" . | trunc 52 | trimSuffix "-") | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: controller
{{- end -}}

{{- define "skiff.controller.labels" -}}
{{- mergeOverwrite (include "skiff.labels" . | fromYaml) (include "skiff.controller.selectorLabels" . | fromYaml) | toYaml -}}
{{- end -}}

{{/* Returns the name, namespace and labels of an object of the controller. */}}
{{- define "skiff.controller.metadata" -}}
name: {{ include "skiff.controller.name" . | quote }}
namespace: {{ .Release.Namespace | quote }}
labels:
  {{- include "skiff.controller.labels" . | nindent 2 }}
{{- end -}}

{{/* Permissions on the objects that the controller works with, in the release's namespace or, if clusterWide, in all. */}}
{{- define "skiff.controller.rules" -}}
- { apiGroups: [batch.example.com], resources: [jobtrackers], verbs: [list, watch, patch] }
- { apiGroups: [batch.example.com], resources: [jobtrackers/status], verbs: [patch] }
- { apiGroups: [batch], resources: [jobs], verbs: [list, watch] }
- { apiGroups: [""], resources: [pods], verbs: [list, watch] }
# Events
- { apiGroups: [events.k8s.io], resources: [events], verbs: [create, patch] }
{{- end -}}

{{/* Returns the name of the lease, as the service does. */}}
{{- define "skiff.controller.lease" -}}
{{- $service := include "skiff.setting" (list . "service.name") | default "skiff" -}}
{{- include "skiff.setting" (list . "controller.leaseName") | default (printf "%s-controller" $service) -}}
{{- end -}}

{{/* Rejects values that are valid individually but not in combination. */}}
{{- define "skiff.controller.checkValues" -}}
{{- if and (eq (include "skiff.setting" (list . "controller.leaderElection")) "false") (gt (int .Values.controller.replicaCount) 1) -}}
{{- fail "without config.controller.leaderElection all replicas would work at once: set controller.replicaCount to 1" -}}
{{- end -}}
{{- if include "skiff.setting" (list . "controller.namespace") -}}
{{- fail "config.controller.namespace would need permissions in that namespace: set controller.clusterWide instead" -}}
{{- end -}}
{{- end -}}

{{/* Environment variables: the namespaces that the permissions are for, which is the pod's unless clusterWide. */}}
{{- define "skiff.controller.env" -}}
{{- $own := "{ fieldRef: { fieldPath: metadata.namespace } }" -}}
{{- if not .Values.controller.clusterWide -}}
- { name: SKIFF_CONTROLLER_NAMESPACE, valueFrom: {{ $own }} }
{{- end }}
{{- if include "skiff.setting" (list . "kubernetes.namespace") }}
# The lease. The setting is meant for the server.
- { name: SKIFF_KUBERNETES_NAMESPACE, valueFrom: {{ $own }} }
{{- end }}
{{- end -}}
