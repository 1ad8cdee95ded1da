{{/* The release's name, with the chart's where it doesn't say it already. */}}
{{- define "syncreplica.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "syncreplica.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "syncreplica.labels" -}}
{{ include "syncreplica.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "syncreplica.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "syncreplica.fullname" .) -}}
{{- end -}}

{{- define "syncreplica.webhookService" -}}
{{- include "syncreplica.fullname" . }}-webhook
{{- end -}}

{{- define "syncreplica.operatorImage" -}}
{{- .Values.image.operator | default (printf "ghcr.io/syncreplica/operator:%s" .Chart.AppVersion) -}}
{{- end -}}

{{- define "syncreplica.agentImage" -}}
{{- .Values.image.agent | default (printf "ghcr.io/syncreplica/agent:%s" .Chart.AppVersion) -}}
{{- end -}}

{{/* Passes Pod Security "restricted". */}}
{{- define "syncreplica.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "syncreplica.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
