{{/* Returns a setting of the service by its dotted key, or nothing if it is not set: (list $ "http.port") */}}
{{- define "skiff.setting" -}}
{{- $value := (index . 0).Values.config -}}
{{- range splitList "." (index . 1) -}}
{{- $value = ternary (get (default dict $value) .) nil (kindIs "map" $value) -}}
{{- end -}}
{{- if not (kindIs "invalid" $value) -}}{{ $value }}{{- end -}}
{{- end -}}

{{- define "skiff.httpPort" -}}
{{- include "skiff.setting" (list . "http.port") | default 8080 -}}
{{- end -}}

{{- define "skiff.adminPort" -}}
{{- include "skiff.setting" (list . "admin.port") | default 9091 -}}
{{- end -}}

{{- define "skiff.httpScheme" -}}
{{- ternary "https" "http" (ne (include "skiff.setting" (list . "http.tls.certFile")) "") -}}
{{- end -}}

{{- define "skiff.adminScheme" -}}
{{- ternary "https" "http" (ne (include "skiff.setting" (list . "admin.tls.certFile")) "") -}}
{{- end -}}

{{/* Returns the port of a URL, or the default port of its scheme. The URL of a proxy may lack the scheme. */}}
{{- define "skiff.urlPort" -}}
{{- $port := regexReplaceAll "^(?:[A-Za-z0-9]+://)?[^/?#]*?(?::([0-9]+))?(?:[/?#].*)?$" . "${1}" -}}
{{- $port | default (ternary 443 80 (hasPrefix "https:" (lower .))) -}}
{{- end -}}

{{/*
Returns a JSON array of the ports of the collector, the issuer and the proxy, as given by settings and by the standard
variables in the values. A variable without a literal `value`, such as one from a Secret, is not visible here.
*/}}
{{- define "skiff.egressPorts" -}}
{{- $urls := list -}}
{{- range list "tracing.endpoint" "auth.jwksUrl" -}}
{{- $urls = append $urls (include "skiff.setting" (list $ .)) -}}
{{- end -}}
{{- range include "skiff.extraEnv" . | fromJsonArray -}}
{{- if regexMatch "^(OTEL_EXPORTER_OTLP_(TRACES_)?ENDPOINT|(HTTPS?|https?)_(PROXY|proxy))$" .name -}}
{{- $urls = append $urls (default "" .value) -}}
{{- end -}}
{{- end -}}
{{- $ports := list -}}
{{- range compact $urls -}}{{- $ports = append $ports (include "skiff.urlPort" . | int) -}}{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}

{{/* Returns the variables that the values set, as a JSON array. */}}
{{- define "skiff.extraEnv" -}}
{{- $variables := .Values.extraEnv -}}
{{- range $name, $value := .Values.env -}}{{- if not (kindIs "invalid" $value) -}}{{- $variables = append $variables (ternary $value (dict "value" $value) (kindIs "map" $value) | merge (dict "name" $name)) -}}{{- end -}}{{- end -}}
{{- toJson $variables -}}
{{- end -}}

{{/* Converts a duration in the service's format to milliseconds: 250ms, 10s, 2m, 1h. */}}
{{- define "skiff.milliseconds" -}}
{{- $units := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 -}}
{{- mul (regexFind "^[0-9]+" .) (get $units (regexFind "[a-z]+$" .)) -}}
{{- end -}}

{{/*
Returns the longest regular stop plus a margin of 5 s, in whole seconds. Same calculation as pkg/lifecycle/budget.ts, with
the service's defaults for settings that `config` does not set; a test compares the two.
*/}}
{{- define "skiff.gracePeriod" -}}
{{- $drain := include "skiff.milliseconds" (include "skiff.setting" (list . "lifecycle.drainDelay") | default "0s") -}}
{{- $shutdown := include "skiff.milliseconds" (include "skiff.setting" (list . "lifecycle.shutdownTimeout") | default "5s") -}}
{{- $flush := include "skiff.milliseconds" (include "skiff.setting" (list . "lifecycle.flushTimeout") | default "1s") -}}
{{- $budget := add (max (int64 $drain) 2000) (int64 $shutdown) (int64 $flush) 5000 -}}
{{- div (add $budget 999) 1000 -}}
{{- end -}}

{{/* Returns the environment variable of a setting: SKIFF_HTTP_KEEP_ALIVE_TIMEOUT for http.keepAliveTimeout. */}}
{{- define "skiff.variable" -}}
SKIFF_{{ regexReplaceAll "([a-z0-9])([A-Z])" . "${1}_${2}" | replace "." "_" | upper }}
{{- end -}}

{{/*
Returns the mounted file. Settings with `$(…)` are left out: Kubernetes expands those only in variables. In development, the
service listens on 127.0.0.1 by default, where the kubelet cannot reach it.
*/}}
{{- define "skiff.configFile" -}}
{{- $config := deepCopy .Values.config -}}
{{- if eq (include "skiff.setting" (list . "environment")) "development" -}}
{{- $config = merge $config (dict "http" (dict "host" "::") "admin" (dict "host" "::")) -}}
{{- end -}}
{{- range compact (splitList "," (include "skiff.fromIntegrations" (list . "variables") | replace "\n" ",")) -}}
{{- if contains "$(" (include "skiff.setting" (list $ .)) -}}
{{- $_ := unset (dig (splitList "." . | first) dict $config) (splitList "." . | last) -}}
{{- end -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* Returns the name of a Secret's volume. Unlike the name of a Secret, it is limited to 63 characters without dots. */}}
{{- define "skiff.secretVolume" -}}
{{- printf "secret-%s" (replace "." "-" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
