{{/* Rejects values that are valid individually but not in combination, which the schema cannot detect. */}}
{{- define "skiff.checkValues" -}}
{{- $variables := list "SKIFF_CONFIG_FILE" -}}
{{- range $key, $_ := .Values.secrets -}}
{{- $variable := include "skiff.variable" $key -}}
{{- $variables = append $variables (printf "%s_FILE" $variable) -}}
{{- range include "skiff.extraEnv" $ | fromJsonArray -}}
{{- if has .name (list $variable (printf "%s_FILE" $variable)) -}}
{{- fail (printf "secrets.%s and the variable %s set the same setting: remove one of them" $key .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range include "skiff.extraEnv" . | fromJsonArray -}}{{- $variables = append $variables .name -}}{{- end -}}
{{- include "skiff.checkUnique" (list "the variable %s is set twice, by the values or also by the chart" $variables) -}}

{{- $volumes := list "config" "tmp" -}}
{{- $paths := list "/etc/skiff/config" "/tmp" -}}
{{- if .Values.secrets -}}
{{- $volumes = append $volumes "secrets" -}}
{{- $paths = append $paths "/etc/skiff/secrets" -}}
{{- end -}}
{{- range $name, $path := .Values.secretMounts -}}
{{- $volumes = append $volumes (include "skiff.secretVolume" $name) -}}
{{- $paths = append $paths (trimSuffix "/" $path) -}}
{{- end -}}
{{- range .Values.extraVolumes -}}{{- $volumes = append $volumes .name -}}{{- end -}}
{{- range .Values.extraVolumeMounts -}}
{{- $paths = append $paths (trimSuffix "/" .mountPath) -}}
{{- if not (has .name $volumes) -}}
{{- fail (printf "extraVolumeMounts mounts the volume %s, but extraVolumes does not define it" .name) -}}
{{- end -}}
{{- end -}}
{{- include "skiff.checkUnique" (list "two volumes are named %s: rename the one in extraVolumes or the Secret in secretMounts" $volumes) -}}
{{- include "skiff.checkUnique" (list "two volumes are mounted at %s: change secretMounts or extraVolumeMounts" $paths) -}}

{{- $spread := list -}}
{{- range .Values.topologySpreadConstraints -}}
{{- $spread = append $spread (printf "%s with %s" .topologyKey .whenUnsatisfiable) -}}
{{- end -}}
{{- include "skiff.checkUnique" (list "topologySpreadConstraints contains %s twice" $spread) -}}

{{- if eq (include "skiff.httpPort" .) (include "skiff.adminPort" .) -}}
{{- fail (printf "config.http.port and config.admin.port are both %s: they must differ" (include "skiff.httpPort" .)) -}}
{{- end -}}
{{- if eq (int .Values.service.port) (int .Values.service.metricsPort) -}}
{{- fail (printf "service.port and service.metricsPort are both %d: they must differ" (int .Values.service.port)) -}}
{{- end -}}
{{- end -}}

{{/* Fails with the given message for the first text that occurs twice in the list: (list "… %s …" $texts) */}}
{{- define "skiff.checkUnique" -}}
{{- $message := index . 0 -}}
{{- $seen := dict -}}
{{- range index . 1 -}}
{{- if hasKey $seen . -}}{{- fail (printf $message .) -}}{{- end -}}
{{- $_ := set $seen . true -}}
{{- end -}}
{{- end -}}
