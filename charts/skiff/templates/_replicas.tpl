{{/*
Returns the number of replicas that the Deployment declares, or nothing. With the autoscaler enabled, the autoscaler
controls the number; otherwise it is `replicaCount`. However, the API server resets `replicas` to 1 when its owner stops
applying the field, and reports a conflict when a client applies a field that another client owns. An upgrade therefore
looks at the running Deployment:

- Autoscaler enabled, and Helm still owns the field: declare the current number, which the autoscaler can then change.
- Fixed number, and another client has changed it since (`kubectl scale` or the autoscaler): declare nothing, unless
  `replicaCount` has changed too. In that case declare it, and Helm reports the conflict (--force-conflicts).

Client-side apply (Helm 3, --server-side=false) has no field owners: what the last release declared must be declared again.
`helm template` and Argo CD do not see the Deployment. For the reasons, see docs/decisions/0052-number-of-replicas.md.
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

{{/* Returns the current number of replicas if it is kept although `replicaCount` differs; otherwise nothing. */}}
{{- define "skiff.replicasKept" -}}
{{- $live := lookup "apps/v1" "Deployment" .Release.Namespace (include "skiff.fullname" .) -}}
{{- $state := include "skiff.replicasState" $live | fromYaml -}}
{{- $wanted := toString .Values.replicaCount -}}
{{- if and (not .Values.autoscaling.enabled) $state.theirs (ne $state.current $wanted) -}}
{{- if has $state.declared (list "" "autoscaler" $wanted) -}}{{ $state.current }}{{- end -}}
{{- end -}}
{{- end -}}

{{/*
Returns the state of a Deployment's number of replicas: the `current` number; the number that the last release `declared`;
whether the field is owned by this chart's client (`ours`) or by another one (`theirs`). Ours is the client that sets the
chart's label, whatever its name: helm, helm-controller.
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
{{- /* `kubectl scale --replicas=0` removes the field's owner without becoming the owner itself. */ -}}
{{- if and (eq $state.current "0") (not $state.ours) -}}{{- $_ := set $state "theirs" true -}}{{- end -}}
{{- end -}}
{{- toYaml $state -}}
{{- end -}}
