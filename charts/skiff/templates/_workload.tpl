{{/*
Returns the spec of a program's Deployment, without `replicas`. The argument is a dict: `root`; `selector` (labels), `account`
(name of the ServiceAccount), `ports` (by name), `resources`; optional are `command` and, as YAML lists, `env`, `volumes` and
`volumeMounts`. More optional fields are
`gracePeriod`, `strategy`, `initContainers`, `sidecars`, and `container` (fields of the container).
*/}}
{{- define "skiff.deploymentSpec" -}}
{{- $ := .root -}}
{{- $program := . -}}
revisionHistoryLimit: 5
minReadySeconds: 5
progressDeadlineSeconds: 300
strategy: {{ .strategy | default (dict "type" "RollingUpdate" "rollingUpdate" (dict "maxSurge" 1 "maxUnavailable" 0)) | toJson }}
selector:
  matchLabels:
    {{- toYaml .selector | nindent 4 }}
template:
  metadata:
    labels:
      {{- mergeOverwrite (deepCopy $.Values.podLabels) (include "skiff.podLabels" $ | fromYaml) .selector | toYaml | nindent 6 }}
    annotations:
      {{- $checksum := dict "checksum/config" (include "skiff.configFile" $ | sha256sum) }}
      {{- mergeOverwrite (deepCopy $.Values.podAnnotations) $checksum | toYaml | nindent 6 }}
  spec:
    serviceAccountName: {{ .account | quote }}
    automountServiceAccountToken: false
    # Service links of a Service with the same name would be read as settings.
    enableServiceLinks: false
    terminationGracePeriodSeconds: {{ .gracePeriod | default (include "skiff.gracePeriod" $) }}
    {{- with .initContainers }}{{ dict "initContainers" . | toYaml | nindent 4 }}{{ end }}
    securityContext:
      {{- toYaml $.Values.podSecurityContext | nindent 6 }}
    {{- range list "imagePullSecrets" "priorityClassName" "nodeSelector" "tolerations" "hostAliases" "dnsPolicy" "dnsConfig" "runtimeClassName" }}
    {{- if get $.Values . }}
    {{- dict . (get $.Values .) | toYaml | nindent 4 }}
    {{- end }}
    {{- end }}
    affinity:
      {{- if $.Values.affinity }}
      {{- toYaml $.Values.affinity | nindent 6 }}
      {{- else }}
      podAntiAffinity:
        preferredDuringSchedulingIgnoredDuringExecution:
          - weight: 100
            podAffinityTerm:
              topologyKey: kubernetes.io/hostname
              labelSelector:
                matchLabels:
                  {{- toYaml $program.selector | nindent 18 }}
      {{- end }}
    {{- with $.Values.topologySpreadConstraints }}
    topologySpreadConstraints:
      {{- range . }}
      - {{ hasKey . "labelSelector" | ternary . (set (deepCopy .) "labelSelector" (dict "matchLabels" $program.selector)) | toYaml | nindent 8 | trim }}
      {{- end }}
    {{- end }}
    containers:
      - name: skiff
        image: {{ include "skiff.image" $ | quote }}
        imagePullPolicy: {{ $.Values.image.pullPolicy }}
        {{- with .command }}
        command: {{ toJson . }}
        {{- end }}
        {{- with .container }}{{ toYaml . | nindent 8 }}{{ end }}
        securityContext:
          {{- toYaml $.Values.securityContext | nindent 10 }}
        env:
          - name: SKIFF_CONFIG_FILE
            value: /etc/skiff/config/config.yaml
          {{- with include "skiff.nodeEnv" (list $ .resources) | trim }}
          {{- . | nindent 10 }}
          {{- end }}
          {{- with .env }}
          {{- . | nindent 10 }}
          {{- end }}
          {{- range $key, $_ := $.Values.secrets }}
          - name: {{ include "skiff.variable" $key }}_FILE
            value: /etc/skiff/secrets/{{ $key }}
          {{- end }}
          {{- with include "skiff.extraEnv" $ | fromJsonArray }}
          {{- toYaml . | nindent 10 }}
          {{- end }}
        {{- with $.Values.extraEnvFrom }}
        envFrom:
          {{- toYaml . | nindent 10 }}
        {{- end }}
        ports:
          {{- range $name, $port := .ports }}
          - { name: {{ $name }}, containerPort: {{ $port }}, protocol: TCP }
          {{- end }}
        startupProbe:
          httpGet: { path: /startupz, port: metrics, scheme: {{ include "skiff.adminScheme" $ | upper }} }
          {{- mergeOverwrite (dict "periodSeconds" 2 "timeoutSeconds" 2 "failureThreshold" 30) (default dict $.Values.startupProbe) | toYaml | nindent 10 }}
          terminationGracePeriodSeconds: 5
        livenessProbe:
          httpGet: { path: /healthz, port: metrics, scheme: {{ include "skiff.adminScheme" $ | upper }} }
          {{- mergeOverwrite (dict "periodSeconds" 10 "timeoutSeconds" 2 "failureThreshold" 3) (default dict $.Values.livenessProbe) | toYaml | nindent 10 }}
          # A blocked event loop cannot handle SIGTERM, so waiting for the whole grace period would be pointless.
          terminationGracePeriodSeconds: 5
        readinessProbe:
          httpGet: { path: /readyz, port: metrics, scheme: {{ include "skiff.adminScheme" $ | upper }} }
          {{- mergeOverwrite (dict "periodSeconds" 5 "timeoutSeconds" 2 "failureThreshold" 2) (default dict $.Values.readinessProbe) | toYaml | nindent 10 }}
        resources:
          {{- toYaml .resources | nindent 10 }}
        volumeMounts:
          - { name: config, mountPath: /etc/skiff/config, readOnly: true }
          - { name: tmp, mountPath: /tmp }
          {{- with .volumeMounts }}
          {{- . | nindent 10 }}
          {{- end }}
          {{- if $.Values.secrets }}
          - { name: secrets, mountPath: /etc/skiff/secrets, readOnly: true }
          {{- end }}
          {{- range $name, $path := $.Values.secretMounts }}
          - { name: {{ include "skiff.secretVolume" $name }}, mountPath: {{ $path | quote }}, readOnly: true }
          {{- end }}
          {{- with $.Values.extraVolumeMounts }}
          {{- toYaml . | nindent 10 }}
          {{- end }}
      {{- with .sidecars }}{{ toYaml . | nindent 6 }}{{ end }}
    volumes:
      # Mounted as directories: a subPath mount would not receive updates.
      - name: config
        configMap: { name: {{ include "skiff.fullname" $ | quote }} }
      - name: tmp
        emptyDir: { sizeLimit: 64Mi }
      {{- with .volumes }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- with $.Values.secrets }}
      - name: secrets
        projected:
          sources:
            {{- range $setting, $source := . }}
            - secret: { name: {{ $source.name | quote }}, items: [{ key: {{ $source.key | quote }}, path: {{ $setting | quote }} }] }
            {{- end }}
      {{- end }}
      {{- range $name, $_ := $.Values.secretMounts }}
      - name: {{ include "skiff.secretVolume" $name }}
        secret: { secretName: {{ $name | quote }} }
      {{- end }}
      {{- with $.Values.extraVolumes }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
{{- end -}}
