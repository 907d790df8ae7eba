{{/* Names of at most 63 characters, of which objects add up to 20. */}}
{{- define "loadctl.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 43 | trimSuffix "-" -}}
{{- end -}}

{{- define "loadctl.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 43 | trimSuffix "-" -}}
{{- else if contains (include "loadctl.name" .) .Release.Name -}}
{{- .Release.Name | trunc 43 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "loadctl.name" .) | trunc 43 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* (dict "root" $ "component" "agent") */}}
{{- define "loadctl.selector" -}}
app.kubernetes.io/name: {{ include "loadctl.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "loadctl.labels" -}}
{{ include "loadctl.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* (dict "root" $ "image" .Values.agents.image) */}}
{{- define "loadctl.image" -}}
{{- if .image.digest -}}
{{ printf "%s@%s" .image.repository .image.digest }}
{{- else -}}
{{ printf "%s:%s" .image.repository (.image.tag | default .root.Chart.AppVersion) }}
{{- end -}}
{{- end -}}

{{/* What the standard "restricted" of Pod Security asks for. */}}
{{- define "loadctl.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "loadctl.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* (dict "root" $ "role" "agent"): the Secret with tls.crt, tls.key and ca.crt. */}}
{{- define "loadctl.tlsSecret" -}}
{{- if eq .root.Values.certificates.mode "existing" -}}
{{- $given := index .root.Values.certificates.existing .role -}}
{{- required (printf "certificates.existing.%s: name the Secret with tls.crt, tls.key and ca.crt" .role) $given -}}
{{- else -}}
{{- printf "%s-%s-tls" (include "loadctl.fullname" .root) .role -}}
{{- end -}}
{{- end -}}

{{- define "loadctl.controllerHost" -}}
{{ include "loadctl.fullname" . }}-controller
{{- end -}}

{{/* Names by which the controller is dialled: its certificate has them. */}}
{{- define "loadctl.hosts" -}}
{{- $host := include "loadctl.controllerHost" . -}}
{{- $names := list "localhost" $host (printf "%s.%s" $host .Release.Namespace) (printf "%s.%s.svc" $host .Release.Namespace) (printf "%s.%s.svc.cluster.local" $host .Release.Namespace) -}}
{{- concat $names .Values.controller.hosts | uniq | toJson -}}
{{- end -}}

{{/* Where pods go and who they are: (dict "of" .Values.agents) */}}
{{- define "loadctl.placement" -}}
{{- with .of.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "loadctl.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "loadctl.validate" -}}
{{- if and .Values.agents.enabled (not .Values.controller.enabled) (not (hasKey .Values.agents.config "controller")) -}}
{{- fail "agents.config.controller: without controller.enabled, say which controller agents dial" -}}
{{- end -}}
{{- end -}}

{{/* The pod of a job that makes, renews or removes certificates. */}}
{{- define "loadctl.certsPod" -}}
metadata:
  labels: {{- include "loadctl.labels" (dict "root" .root "component" "certificates") | nindent 4 }}
spec:
  serviceAccountName: {{ .name }}
  restartPolicy: Never
  enableServiceLinks: false
  securityContext: {{- include "loadctl.podSecurity" .root | nindent 4 }}
  {{- include "loadctl.pullSecrets" .root | nindent 2 }}
  containers:
    - name: certs
      image: {{ include "loadctl.image" (dict "root" .root "image" .root.Values.operator.image) }}
      imagePullPolicy: {{ .root.Values.operator.image.pullPolicy }}
      command: [/loadctl-operator, certs]
      args:
        - --namespace={{ .root.Release.Namespace }}
        - --name={{ include "loadctl.fullname" .root }}
        {{- if eq .who "remove" }}
        - --remove
        {{- else }}
        - --days={{ .root.Values.certificates.days }}
        {{- range .hosts }}
        - --host={{ . }}
        {{- end }}
        {{- end }}
      resources:
        requests: {cpu: 20m, memory: 32Mi}
        limits: {memory: 128Mi}
      securityContext: {{- include "loadctl.containerSecurity" .root | nindent 8 }}
{{- end -}}
