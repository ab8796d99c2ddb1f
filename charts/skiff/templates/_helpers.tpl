{{- define "skiff.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of a Service has no dots and begins with a letter, which that of a release need not: `v1.2`, `2026`. */}}
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

{{/* What never changes in the life of a release: selectors are immutable. */}}
{{- define "skiff.selectorLabels" -}}
app.kubernetes.io/name: {{ include "skiff.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* Also on the pods: nothing in it changes with the chart alone, so that a new chart restarts no pod needlessly. */}}
{{- define "skiff.podLabels" -}}
{{ include "skiff.selectorLabels" . }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.image.tag | trunc 63 | trimAll "-_." | quote }}
{{- end -}}

{{- define "skiff.labels" -}}
{{ include "skiff.podLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" | quote }}
{{- end -}}

{{/* The name, namespace and labels of an object. */}}
{{- define "skiff.metadata" -}}
{{ include "skiff.metadataWith" (list . (dict)) }}
{{- end -}}

{{/* The same with further labels, which cannot replace the chart's own: (list $ .labels) */}}
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

{{/* Whether more than one pod is meant to run. */}}
{{- define "skiff.replicated" -}}
{{- $least := ternary .Values.autoscaling.minReplicas .Values.replicaCount .Values.autoscaling.enabled | int -}}
{{- if gt $least 1 -}}true{{- end -}}
{{- end -}}
