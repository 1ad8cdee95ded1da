{{/* All settings of the operator's process; src/operator-config.ts reads them. */}}
{{- define "syncreplica.environment" -}}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: SYNCREPLICA_AGENT_IMAGE
  value: {{ include "syncreplica.agentImage" . }}
- name: SYNCREPLICA_IMAGE_PULL_POLICY
  value: {{ .Values.image.pullPolicy }}
- name: SYNCREPLICA_IMAGE_PULL_SECRETS
  value: {{ include "syncreplica.pullSecrets" . | quote }}
- name: SYNCREPLICA_LOG_LEVEL
  value: {{ .Values.logLevel }}
- name: SYNCREPLICA_LOG_FORMAT
  value: {{ .Values.logFormat }}
- name: SYNCREPLICA_WATCH_NAMESPACES
  value: {{ join "," .Values.watchNamespaces | quote }}
- name: SYNCREPLICA_EXTERNAL_TARGETS_ALLOW
  value: {{ join "," .Values.externalTargets.allow | quote }}
- name: SYNCREPLICA_INJECTION
  value: {{ ternary "OptIn" "OptOut" .Values.webhook.optIn }}
- name: SYNCREPLICA_ASSIGNED_USERS
  value: {{ include "syncreplica.isOpenShift" . | quote }}
- name: SYNCREPLICA_VOLUME_POPULATOR
  value: {{ .Values.volumePopulator.enabled | quote }}
- name: SYNCREPLICA_HOST_NETWORK
  value: {{ .Values.hostNetwork | quote }}
- name: SYNCREPLICA_WORKERS
  value: {{ .Values.workers | quote }}
- name: SYNCREPLICA_POLLERS
  value: {{ .Values.pollers | quote }}
- name: SYNCREPLICA_AGENT_LOG_LEVEL
  value: {{ .Values.agent.logLevel }}
- name: SYNCREPLICA_AGENT_RESOURCES
  value: {{ .Values.agent.resources | toJson | quote }}
- name: SYNCREPLICA_AGENT_EXTRA_ENV
  value: {{ .Values.agent.extraEnv | toJson | quote }}
- name: SYNCREPLICA_RECEIVER_DEFAULTS
  value: {{ .Values.receiver | toJson | quote }}
- name: SYNCREPLICA_PROMETHEUS_ANNOTATIONS
  value: {{ .Values.monitoring.annotations | quote }}
- name: SYNCREPLICA_METRICS_TLS
  value: {{ .Values.monitoring.tls.enabled | quote }}
- name: SYNCREPLICA_AUTHORITY_SECRET
  value: {{ include "syncreplica.fullname" . }}-authorities
- name: SYNCREPLICA_METRICS_PORT
  value: {{ .Values.ports.metrics | quote }}
- name: SYNCREPLICA_PROBES_PORT
  value: {{ .Values.ports.probes | quote }}
- name: SYNCREPLICA_WEBHOOK_PORT
  value: {{ .Values.webhook.port | quote }}
- name: SYNCREPLICA_WEBHOOK_SERVICE
  value: {{ include "syncreplica.webhookService" . }}
- name: SYNCREPLICA_WEBHOOK_CONFIGURATION
  value: {{ include "syncreplica.fullname" . }}
- name: SYNCREPLICA_AUTHORITY_LIFE
  value: {{ .Values.certificates.authorityLife }}
- name: SYNCREPLICA_CERTIFICATE_LIFE
  value: {{ .Values.certificates.life }}
- name: SYNCREPLICA_AUTHORITY_ANNOUNCE
  value: {{ .Values.certificates.announce }}
{{- if .Values.webhook.certManager.enabled }}
- name: SYNCREPLICA_WEBHOOK_CERTIFICATE_FOLDER
  value: /etc/syncreplica/webhook
{{- end }}
{{- end -}}
