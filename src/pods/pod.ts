/**
 * The parts of a pod that injection reads or writes, as they are in the JSON of an AdmissionRequest.
 * Everything else passes through untouched.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
export interface Pod {
  readonly metadata?: PodMetadata;
  readonly spec: PodSpec;
  readonly [other: string]: unknown;
}

export interface PodMetadata {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [other: string]: unknown;
}

export interface PodSpec {
  readonly volumes?: readonly Volume[];
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly securityContext?: UserContext;
  readonly hostNetwork?: boolean;
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly os?: { readonly name?: string };
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Pod-level resources: what all containers share. */
  readonly resources?: Resources;
  readonly [other: string]: unknown;
}

export interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string; readonly readOnly?: boolean };
  readonly emptyDir?: object;
  readonly ephemeral?: object;
  readonly [other: string]: unknown;
}

export interface Container {
  readonly name: string;
  readonly ports?: readonly ContainerPort[];
  readonly resources?: Resources;
  readonly volumeMounts?: readonly VolumeMount[];
  readonly volumeDevices?: readonly { readonly name: string }[];
  readonly securityContext?: ContainerSecurity;
  readonly restartPolicy?: string;
  readonly [other: string]: unknown;
}

export interface ContainerPort {
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly name?: string;
  readonly protocol?: string;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly [other: string]: unknown;
}

export interface Resources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
  readonly claims?: readonly object[];
}

/** What a pod and a container both can say about the user. */
export interface UserContext {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly runAsNonRoot?: boolean;
  readonly seLinuxOptions?: object;
  readonly [other: string]: unknown;
}

export interface ContainerSecurity extends UserContext {
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  readonly seccompProfile?: { readonly type: string };
}
