{{/*
Options that few installations need. This one returns those of the server, as fields of the argument of
`skiff.deploymentSpec`.
*/}}
{{- define "skiff.options.server" -}}
{{- include "skiff.options.check" . -}}
{{- $container := dict -}}
{{- range $name := list "args" "lifecycle" -}}
{{- with get $.Values $name -}}{{- $_ := set $container $name . -}}{{- end -}}
{{- end -}}
gracePeriod: {{ max (include "skiff.options.gracePeriod" . | int) (int .Values.terminationGracePeriodSeconds) }}
strategy: {{ toJson .Values.strategy }}
container: {{ toJson $container }}
initContainers: {{ include "skiff.options.containers" (list . .Values.initContainers) }}
sidecars: {{ include "skiff.options.containers" (list . .Values.sidecars) }}
{{- end -}}

{{/* Returns containers as JSON, with the security context of the server's container where they do not set their own fields. */}}
{{- define "skiff.options.containers" -}}
{{- $defaults := dict "securityContext" (index . 0).Values.securityContext -}}
{{- $containers := list -}}
{{- range index . 1 -}}{{- $containers = append $containers (mergeOverwrite (deepCopy $defaults) .) -}}{{- end -}}
{{- toJson $containers -}}
{{- end -}}

{{/* Returns the grace period that the drain needs. A preStop hook uses up part of it before the program gets SIGTERM. */}}
{{- define "skiff.options.gracePeriod" -}}
{{- add (include "skiff.gracePeriod" .) (dig "preStop" "sleep" "seconds" 0 .Values.lifecycle | int) -}}
{{- end -}}

{{/* Rejects options that are valid individually but not in combination, or not in this version of Kubernetes. */}}
{{- define "skiff.options.check" -}}
{{- $needed := include "skiff.options.gracePeriod" . -}}
{{- $given := int .Values.terminationGracePeriodSeconds -}}
{{- if and $given (lt $given (int $needed)) -}}
{{- fail (printf "terminationGracePeriodSeconds (%d) is shorter than the drain, which takes up to %s s: see config.lifecycle" $given $needed) -}}
{{- end -}}
{{- $hook := default dict (.Values.lifecycle).preStop -}}
{{- if and (or $hook.exec $hook.httpGet) (le $given (int $needed)) -}}
{{- fail (printf "lifecycle.preStop delays the drain: set terminationGracePeriodSeconds to %s plus the longest run of the hook" $needed) -}}
{{- end -}}
{{- $surge := default dict (.Values.strategy).rollingUpdate -}}
{{- if and (eq (toString $surge.maxSurge | trimSuffix "%") "0") (eq (toString $surge.maxUnavailable | trimSuffix "%") "0") -}}
{{- fail "strategy.rollingUpdate: maxSurge and maxUnavailable are both 0, so no pod could ever be replaced" -}}
{{- end -}}

{{- $names := list "skiff" -}}
{{- $running := .Values.sidecars -}}
{{- range concat .Values.initContainers .Values.sidecars -}}{{- $names = append $names .name -}}{{- end -}}
{{- include "skiff.checkUnique" (list "two containers are named %s: rename the one in initContainers or sidecars" $names) -}}
{{- range .Values.initContainers -}}{{- if .restartPolicy -}}{{- $running = append $running . -}}{{- end -}}{{- end -}}
{{- range $running -}}
{{- if and $.Values.autoscaling.enabled $.Values.autoscaling.targetCPUUtilizationPercentage (not (dig "resources" "requests" "cpu" "" .)) -}}
{{- fail (printf "the sidecar %s needs resources.requests.cpu: without it the autoscaler cannot compute the utilization of the pod" .name) -}}
{{- end -}}
{{- end -}}

{{- $labels := dict -}}
{{- range list .Values.podLabels .Values.serviceMonitor.labels (default dict .Values.prometheusRule).labels (default dict .Values.dashboard).labels -}}
{{- $labels = merge $labels (default dict .) -}}
{{- end -}}
{{- range $name, $value := .Values.commonLabels -}}
{{- if ne (get $labels $name | default $value) $value -}}
{{- fail (printf "commonLabels and another value set the label %s differently: remove one of them" $name) -}}
{{- end -}}
{{- end -}}

{{- $native := false -}}
{{- range .Values.initContainers -}}{{- if .restartPolicy -}}{{- $native = true -}}{{- end -}}{{- end -}}
{{- range list (list $native "1.29" "an init container with restartPolicy") (list $hook.sleep "1.30" "lifecycle.preStop.sleep") (list .Values.service.trafficDistribution "1.31" "service.trafficDistribution") -}}
{{- if and (index . 0) (semverCompare (printf "<%s.0-0" (index . 1)) $.Capabilities.KubeVersion.Version) -}}
{{- fail (printf "%s requires Kubernetes %s or later" (index . 2) (index . 1)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
