import { isAgentContainer } from '../api/names.ts';

/** The parts of a pod that say as whom its containers run. */
export interface PodUsers {
  readonly spec?: {
    readonly containers: readonly UserContainer[];
    readonly initContainers?: readonly UserContainer[];
    readonly securityContext?: UserSettings & { readonly fsGroup?: number };
  };
}

interface UserContainer {
  readonly name: string;
  readonly volumeMounts?: readonly { readonly name: string; readonly readOnly?: boolean }[];
  readonly securityContext?: UserSettings;
}

interface UserSettings {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly runAsNonRoot?: boolean;
}

/** Whose files a volume of a pod holds, as far as its manifest says so; the rest is the image's. */
export interface VolumeUser {
  /** The container whose files they are. */
  readonly container: string;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** The group that the pod's volumes are given to. */
  readonly fsGroup: number | undefined;
  readonly mustNotBeRoot: boolean;
}

/**
 * The first container that writes the volume, else the first that mounts it; containers before init containers. One answer
 * for agents and receivers, so that a copy can be read by the application that is started on it. Undefined where nobody
 * mounts it.
 */
export const userOf = (pod: PodUsers, volume: string): VolumeUser | undefined => {
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].filter(
    ({ name }) => !isAgentContainer(name),
  );
  const mounting = (writes: boolean): UserContainer | undefined =>
    all.find(({ volumeMounts }) =>
      volumeMounts?.some((mount) => mount.name === volume && !(writes && mount.readOnly === true)),
    );
  const found = mounting(true) ?? mounting(false);
  if (!found) return undefined;
  const own = found.securityContext;
  const whole = pod.spec?.securityContext;
  return {
    container: found.name,
    uid: own?.runAsUser ?? whole?.runAsUser,
    gid: own?.runAsGroup ?? whole?.runAsGroup,
    fsGroup: whole?.fsGroup,
    mustNotBeRoot: (own?.runAsNonRoot ?? whole?.runAsNonRoot) === true,
  };
};
