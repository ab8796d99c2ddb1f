{{- define "skiff.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
Returns the name of the objects. The name of a Service contains no dots and starts with a letter; the name of a release may
violate both: `v1.2`, `2026`.
*/}}
{{- define "skiff.fullname" -}}
{{- $release := replace "." "-" .Release.Name -}}
{{- $name := include "skiff.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if regexMatch "^[0-9]" $release -}}
{{- printf "%s-%s" $name $release | trunc 63 | trimSuffix "-" -}}
{{- else if contains $name $release -}}
{{- $release | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" $release $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that never change during the life of a release, because selectors are immutable. */}}
{{- define "skiff.selectorLabels" -}}
app.kubernetes.io/name: {{ include "skiff.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* Labels of the pods. None depends on the version of the chart, so a new chart version alone does not restart pods. */}}
{{- define "skiff.podLabels" -}}
{{ include "skiff.selectorLabels" . }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.image.tag | trunc 63 | trimAll "-_." | quote }}
{{- with .Values.commonLabels }}{{ toYaml . | nindent 0 }}{{ end }}
{{- end -}}

{{- define "skiff.labels" -}}
{{ include "skiff.podLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" | quote }}
{{- end -}}

{{/* Returns the name, namespace and labels of an object. */}}
{{- define "skiff.metadata" -}}
{{ include "skiff.metadataWith" (list . (dict)) }}
{{- end -}}

{{/* Returns the name, namespace and labels of an object, and further labels that cannot override these: (list $ .labels) */}}
{{- define "skiff.metadataWith" -}}
{{- $ := index . 0 -}}
name: {{ include "skiff.fullname" $ | quote }}
namespace: {{ $.Release.Namespace | quote }}
labels:
  {{- mergeOverwrite (deepCopy (index . 1)) (include "skiff.labels" $ | fromYaml) | toYaml | nindent 2 }}
{{- end -}}

{{- define "skiff.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "skiff.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "skiff.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Returns "true" if more than one replica is configured, otherwise nothing. */}}
{{- define "skiff.replicated" -}}
{{- $min := ternary .Values.autoscaling.minReplicas .Values.replicaCount .Values.autoscaling.enabled | int -}}
{{- if gt $min 1 -}}true{{- end -}}
{{- end -}}
