{{/*
The number of replicas that the Deployment declares, or nothing. While the autoscaler is on the number is the
autoscaler's; otherwise it is `replicaCount`. But the API server sets a field that its owner no longer applies back to 1,
and rejects a field that another client owns. So an upgrade looks at the Deployment as it is:

- switched on, and Helm still owns the number: declare the current one, for the autoscaler to change;
- fixed, and somebody else has changed the number since, with `kubectl scale` or as the autoscaler: leave it, unless
  `replicaCount` has changed too. Then it is declared, and Helm reports the conflict (--force-conflicts).

Client-side apply (Helm 3, --server-side=false) knows no owners: what the last release declared must be declared again.
`helm template` and Argo CD see no Deployment. docs/decisions/0052-number-of-replicas.md has the reasons.
*/}}
{{- define "skiff.replicas" -}}
{{- $live := lookup "apps/v1" "Deployment" .Release.Namespace (include "skiff.fullname" .) -}}
{{- $state := include "skiff.replicasState" $live | fromYaml -}}
{{- if .Values.autoscaling.enabled -}}
{{- if or $state.ours (and $state.clientSide $state.declared) -}}{{ $state.current }}{{- end -}}
{{- else if include "skiff.replicasKept" . -}}
{{- if $state.clientSide -}}{{ $state.current }}{{- end -}}
{{- else -}}
{{ .Values.replicaCount }}
{{- end -}}
{{- end -}}

{{/* The current number where it stays although `replicaCount` is another, for NOTES; else nothing. */}}
{{- define "skiff.replicasKept" -}}
{{- $live := lookup "apps/v1" "Deployment" .Release.Namespace (include "skiff.fullname" .) -}}
{{- $state := include "skiff.replicasState" $live | fromYaml -}}
{{- $wanted := toString .Values.replicaCount -}}
{{- if and (not .Values.autoscaling.enabled) $state.theirs (ne $state.current $wanted) -}}
{{- if has $state.declared (list "" "autoscaler" $wanted) -}}{{ $state.current }}{{- end -}}
{{- end -}}
{{- end -}}

{{/*
What a Deployment says of its number of replicas: `current`; what the last release `declared`; whether the number is
`ours` or `theirs`. Ours is the client that sets the chart's label, whatever it is called: helm, helm-controller.
*/}}
{{- define "skiff.replicasState" -}}
{{- $state := dict "current" "" "declared" "" "ours" false "theirs" false "clientSide" false -}}
{{- if . -}}
{{- $_ := set $state "current" (toString (int .spec.replicas)) -}}
{{- $_ := set $state "declared" (dig "annotations" "replicas/declared" "" .metadata) -}}
{{- range .metadata.managedFields -}}
{{- $fields := default dict .fieldsV1 -}}
{{- $ours := and (not .subresource) (hasKey (dig "f:metadata" "f:labels" dict $fields) "f:helm.sh/chart") -}}
{{- $owns := hasKey (dig "f:spec" dict $fields) "f:replicas" -}}
{{- if and $ours (ne .operation "Apply") -}}{{- $_ := set $state "clientSide" true -}}{{- end -}}
{{- if $owns -}}{{- $_ := set $state (ternary "ours" "theirs" $ours) true -}}{{- end -}}
{{- end -}}
{{- /* `kubectl scale --replicas=0` takes the field away from its owner and does not become its owner. */ -}}
{{- if and (eq $state.current "0") (not $state.ours) -}}{{- $_ := set $state "theirs" true -}}{{- end -}}
{{- end -}}
{{- toYaml $state -}}
{{- end -}}
