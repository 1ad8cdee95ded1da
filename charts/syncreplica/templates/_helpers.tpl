{{- define "syncreplica.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's name, with the chart's where it doesn't say it already. */}}
{{- define "syncreplica.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "syncreplica.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "syncreplica.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "syncreplica.selectorLabels" -}}
app.kubernetes.io/name: {{ include "syncreplica.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "syncreplica.commonLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "syncreplica.labels" -}}
{{ include "syncreplica.selectorLabels" . }}
{{ include "syncreplica.commonLabels" . }}
{{- end -}}

{{/* Of what runs for a moment: a hook's pod must not be taken for an operator. Called with (list root component). */}}
{{- define "syncreplica.hookLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "syncreplica.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{ include "syncreplica.commonLabels" $root }}
{{- end -}}

{{/* Those that every object has and those of this one. Called with (list root own…); gives nothing where there are none. */}}
{{- define "syncreplica.annotations" -}}
{{- $root := index . 0 -}}
{{- $all := deepCopy $root.Values.commonAnnotations -}}
{{- range rest . -}}
{{- $all = mergeOverwrite $all . -}}
{{- end -}}
{{- with $all }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "syncreplica.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "syncreplica.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "syncreplica.webhookService" -}}
{{- include "syncreplica.fullname" . }}-webhook
{{- end -}}

{{/* Called with (list root image). */}}
{{- define "syncreplica.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- $registry := $root.Values.global.imageRegistry | default $image.registry | default $root.Values.image.registry -}}
{{- $name := ternary $image.repository (printf "%s/%s" $registry $image.repository) (empty $registry) -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name ($image.tag | default $root.Values.image.tag | default $root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "syncreplica.operatorImage" -}}
{{- include "syncreplica.image" (list . .Values.image.operator) -}}
{{- end -}}

{{- define "syncreplica.agentImage" -}}
{{- include "syncreplica.image" (list . .Values.image.agent) -}}
{{- end -}}

{{/* Names, whichever of the two customary forms they are given in. */}}
{{- define "syncreplica.pullSecrets" -}}
{{- $names := list -}}
{{- range concat .Values.global.imagePullSecrets .Values.image.pullSecrets -}}
{{- $names = append $names (ternary . (get (ternary dict . (kindIs "string" .)) "name") (kindIs "string" .)) -}}
{{- end -}}
{{- $names | uniq | join "," -}}
{{- end -}}

{{- define "syncreplica.imagePullSecrets" -}}
{{- with include "syncreplica.pullSecrets" . }}
imagePullSecrets:
  {{- range splitList "," . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "syncreplica.isOpenShift" -}}
{{- $given := .Values.openshift.enabled | toString -}}
{{- if eq $given "auto" -}}
{{- .Capabilities.APIVersions.Has "security.openshift.io/v1/SecurityContextConstraints" -}}
{{- else -}}
{{- $given -}}
{{- end -}}
{{- end -}}

{{/* What all pods of the chart say of where they run. */}}
{{- define "syncreplica.placement" -}}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* Rights that hold where SyncReplicas are served: in all namespaces, or in each of a list. */}}
{{- define "syncreplica.servedRules" -}}
- apiGroups: [syncreplica.io]
  resources: [syncreplicas]
  verbs: [get, list, watch, patch]
- apiGroups: [syncreplica.io]
  resources: [syncreplicas/status]
  verbs: [patch]
- apiGroups: [syncreplica.io]
  resources: [syncreplicas/finalizers]
  verbs: [update]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, patch]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get, list, watch, patch, delete]
{{- if .Values.volumePopulator.enabled }}
- apiGroups: [""]
  resources: [persistentvolumeclaims, pods]
  verbs: [create]
- apiGroups: [""]
  resources: [pods]
  verbs: [delete]
{{- end }}
- apiGroups: [""]
  resources: [limitranges, resourcequotas]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [services, serviceaccounts]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [get, list, watch, create, patch, delete]
{{- if .Values.rbac.restarts }}
- apiGroups: [apps]
  resources: [deployments, daemonsets]
  verbs: [patch]
{{- end }}
{{- if .Values.volumeSnapshots.enabled }}
- apiGroups: [snapshot.storage.k8s.io]
  resources: [volumesnapshots]
  verbs: [get, list, create, patch, delete]
{{- end }}
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{/* Rights on what has no namespace. */}}
{{- define "syncreplica.clusterRules" -}}
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get, list, watch]
- apiGroups: [storage.k8s.io]
  resources: [storageclasses]
  verbs: [get, list, watch]
{{- if .Values.volumePopulator.enabled }}
- apiGroups: [""]
  resources: [persistentvolumes]
  verbs: [get, patch]
{{- end }}
- apiGroups: [admissionregistration.k8s.io]
  resources: [mutatingwebhookconfigurations]
  resourceNames: [{{ include "syncreplica.fullname" . }}]
  verbs: [get, patch]
{{- end -}}

{{/* The webhook's entries differ in whom they mean; each is served by the same Service. */}}
{{- define "syncreplica.webhookClient" -}}
admissionReviewVersions: [v1]
clientConfig:
  service:
    name: {{ include "syncreplica.webhookService" . }}
    namespace: {{ .Release.Namespace }}
    path: /mutate-pods
    port: 443
timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
sideEffects: None
rules:
  - apiGroups: [""]
    apiVersions: [v1]
    operations: [CREATE]
    resources: [pods]
    scope: Namespaced
{{- end -}}
