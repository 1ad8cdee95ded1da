/** The parts of a pod that say which claims it has. */
export interface PodVolumes {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly volumes?: readonly PodVolume[] };
}

export interface PodVolume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly ephemeral?: object;
  readonly emptyDir?: object;
}

/** `perPod` claims are named `<pod>-<suffix>`, where the pod may not have its name yet. */
export type ClaimName =
  | { readonly kind: 'fixed'; readonly name: string }
  | { readonly kind: 'perPod'; readonly suffix: string };

/** Claims, ephemeral volumes and emptyDirs hold data of an application; all else is configuration or the node's own. */
export const isDataVolume = ({ persistentVolumeClaim, ephemeral, emptyDir }: PodVolume): boolean =>
  persistentVolumeClaim !== undefined || ephemeral !== undefined || emptyDir !== undefined;

/** Undefined for a volume without a claim. */
export const claimNameOf = ({ name, persistentVolumeClaim, ephemeral }: PodVolume): ClaimName | undefined => {
  if (persistentVolumeClaim) return { kind: 'fixed', name: persistentVolumeClaim.claimName };
  return ephemeral ? { kind: 'perPod', suffix: name } : undefined;
};

/** The claim behind a volume of a pod of that name; undefined too where it can't be known yet. */
export const claimOf = (volume: PodVolume, podName: string | undefined): string | undefined => {
  const claim = claimNameOf(volume);
  if (claim?.kind === 'perPod') return podName ? `${podName}-${claim.suffix}` : undefined;
  return claim?.name;
};

/** The claims that a pod has. */
export const claimsOf = (pod: PodVolumes): string[] =>
  (pod.spec?.volumes ?? []).flatMap((volume) => claimOf(volume, pod.metadata?.name) ?? []);

/** The name of the volume of a pod that a claim is behind. */
export const volumeOfClaim = (pod: PodVolumes, claim: string): string | undefined =>
  pod.spec?.volumes?.find((volume) => claimOf(volume, pod.metadata?.name) === claim)?.name;
