{{/*
Returns the environment variables that fit Node.js to the limits of its container: (list $ .resources). Variables in extraEnv and env
replace them. The old generation of the heap is a percentage, so that it follows a limit that something else changes, such as a
VerticalPodAutoscaler. docs/sizing.md explains the figures.
*/}}
{{- define "skiff.nodeEnv" -}}
{{- $limits := (index . 1).limits -}}
{{- $own := list -}}
{{- range include "skiff.extraEnv" (index . 0) | fromJsonArray -}}{{- $own = append $own .name -}}{{- end -}}
{{- if not (has "NODE_OPTIONS" $own) -}}
{{- $mebibytes := divf (include "skiff.quantity" $limits.memory) 1048576 -}}
{{- $isLarge := ge $mebibytes 512.0 -}}
{{- $semiSpace := ternary 16 4 $isLarge -}}
{{- $rest := subf $mebibytes 88 (ternary 48 24 $isLarge) (divf $mebibytes 16) -}}
{{- $percentage := divf (mulf 100 $rest) $mebibytes | floor | int | max 50 | min 75 -}}
- name: NODE_OPTIONS
  value: "--max-old-space-size-percentage={{ $percentage }} --max-semi-space-size={{ $semiSpace }}"
{{ end -}}
{{- if and $limits.cpu (not (has "UV_THREADPOOL_SIZE" $own)) -}}
{{- $cores := include "skiff.quantity" $limits.cpu | ceil | int -}}
{{- if gt $cores 4 -}}
# Node.js has four threads for DNS, files and cryptography.
- { name: UV_THREADPOOL_SIZE, value: "{{ min $cores 1024 }}" }
{{ end -}}
{{- end -}}
{{- end -}}

{{/* Returns a Kubernetes quantity, such as 2, `500m`, `1.5Gi` or `1e9`, as a number. */}}
{{- define "skiff.quantity" -}}
{{- $text := toString . -}}
{{- $number := regexFind "^[+]?[0-9]*[.]?[0-9]*([eE][+-]?[0-9]+)?" $text -}}
{{- $binary := dict "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 "Ei" 1152921504606846976 -}}
{{- $decimal := dict "n" 1e-9 "u" 1e-6 "m" 1e-3 "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 -}}
{{- $factor := get (merge $binary $decimal) (trimPrefix $number $text) -}}
{{- if or (not $factor) (eq $number "") -}}{{- fail (printf "%q is not a quantity, such as 500m or 256Mi" $text) -}}{{- end -}}
{{- mulf (trimPrefix "+" $number) $factor -}}
{{- end -}}
