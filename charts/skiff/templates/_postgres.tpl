{{- define "skiff.postgres.enabled" -}}
{{- if eq (include "skiff.setting" (list . "postgres.enabled")) "true" -}}true{{- end -}}
{{- end -}}

{{- define "skiff.postgres.variables" -}}{{- end -}}
{{- define "skiff.postgres.volumes" -}}{{- end -}}
{{- define "skiff.postgres.volumeMounts" -}}{{- end -}}

{{/* Sets no variable: `secrets` sets that of the URL. Rejects values without which no pod would start. */}}
{{- define "skiff.postgres.env" -}}
{{- $enabled := include "skiff.postgres.enabled" . -}}
{{- if and (eq (include "skiff.setting" (list . "flags.store")) "postgres") (not $enabled) -}}
{{- fail "config.flags.store is postgres: set config.postgres.enabled to true" -}}
{{- end -}}
{{- if and $enabled (not .Values.extraEnvFrom) (not (hasKey .Values.secrets "postgres.url")) -}}
{{- fail "config.postgres.enabled is true, but secrets does not set postgres.url: {name: <Secret>, key: <key in it>}" -}}
{{- end -}}
{{- end -}}

{{/* Egress to the database. Its address is in a Secret, which the chart does not see. */}}
{{- define "skiff.postgres.egress" -}}
{{- if include "skiff.postgres.enabled" . -}}
- ports: [{ port: {{ .Values.postgres.port }}, protocol: TCP }]
  {{- with .Values.postgres.peers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
{{- end -}}

{{/* Notes on the number of connections. During a rollout there is one pod more, and another one that drains. */}}
{{- define "skiff.postgres.notes" -}}
{{- if include "skiff.postgres.enabled" . }}
{{- $each := include "skiff.setting" (list . "postgres.maxConnections") | default 10 | int }}
{{- $replicas := ternary .Values.autoscaling.maxReplicas .Values.replicaCount .Values.autoscaling.enabled | int }}
{{- $total := add (mul (add $replicas 2) $each) 1 }}

PostgreSQL: up to {{ $total }} connections, {{ $each }} for each of {{ $replicas }} replicas and of two more pods during a rollout, and one for migrations.
{{- if gt $total 97 }}
  WARNING: a server with default settings accepts 97. Raise its max_connections, lower config.postgres.maxConnections, or
  use a pooler.
{{- end }}
{{- end }}
{{- end -}}

{{- define "skiff.migrate.enabled" -}}
{{- if and (include "skiff.postgres.enabled" .) .Values.postgres.migrations.enabled -}}true{{- end -}}
{{- end -}}

{{- define "skiff.migrate.name" -}}
{{ include "skiff.fullname" . | trunc 55 | trimSuffix "-" }}-migrate
{{- end -}}

{{/* Labels of the Job's pods. The name differs from the server's, whose selectors would otherwise select them too. */}}
{{- define "skiff.migrate.selectorLabels" -}}
app.kubernetes.io/name: {{ printf "%s-migrate" (include "skiff.name" . | trunc 55 | trimSuffix "-") | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: migrate
{{- end -}}

{{/*
Returns the metadata of the Job or of an object that it needs: (list $ weight). All are hooks, because the Job runs before the
other objects of the release exist. Helm creates them in the order of their weights, and removes them after a success:
`helm uninstall` would not. Argo CD ignores Helm's annotations on objects that have its own.
*/}}
{{- define "skiff.migrate.metadata" -}}
{{- $ := index . 0 -}}
{{- $weight := index . 1 | toString -}}
{{- $hook := dict "helm.sh/hook" "pre-install,pre-upgrade" "helm.sh/hook-delete-policy" "before-hook-creation,hook-succeeded" "helm.sh/hook-output-log-policy" "hook-failed" -}}
{{- $argo := dict "argocd.argoproj.io/hook" "PreSync" "argocd.argoproj.io/hook-delete-policy" "BeforeHookCreation,HookSucceeded" -}}
{{- $order := dict "helm.sh/hook-weight" $weight "argocd.argoproj.io/sync-wave" $weight -}}
name: {{ include "skiff.migrate.name" $ | quote }}
namespace: {{ $.Release.Namespace | quote }}
labels:
  {{- mergeOverwrite (include "skiff.labels" $ | fromYaml) (include "skiff.migrate.selectorLabels" $ | fromYaml) | toYaml | nindent 2 }}
annotations:
  {{- mergeOverwrite $hook $argo (default dict $.Values.hookAnnotations) $order | toYaml | nindent 2 }}
{{- end -}}

{{/*
Returns the spec of the Job's pods: that of the server's pods with another program, account and configuration, and without
probes and spreading. The Job may have its own Secret with the URL, for a user that may change the schema.
*/}}
{{- define "skiff.migrate.podSpec" -}}
{{- $name := include "skiff.migrate.name" . -}}
{{- $secrets := merge (dict) .Values.postgres.migrations.secrets .Values.secrets -}}
{{- $root := merge (dict "Values" (merge (dict "secrets" $secrets) (omit .Values "secrets"))) (omit . "Values") -}}
{{- $program := dict "root" $root "selector" dict "account" $name "ports" dict -}}
{{- $_ := set $program "resources" .Values.postgres.migrations.resources -}}
{{- $_ := set $program "command" (list "/nodejs/bin/node" "/app/cmd/migrate/main.js") -}}
{{- $server := (include "skiff.deploymentSpec" $program | fromYaml).template.spec -}}
{{- $pod := omit $server "affinity" "topologySpreadConstraints" "terminationGracePeriodSeconds" -}}
{{- $container := omit (first $server.containers) "ports" "startupProbe" "livenessProbe" "readinessProbe" -}}
{{- $volumes := list -}}
{{- range $server.volumes -}}
{{- $volumes = append $volumes (ternary (dict "name" "config" "configMap" (dict "name" $name)) . (eq .name "config")) -}}
{{- end -}}
{{- mergeOverwrite $pod (dict "restartPolicy" "Never" "containers" (list $container) "volumes" $volumes) | toYaml -}}
{{- end -}}
