import { annotations, apiGroup, kind } from '../api/names.ts';
import type { PersistentVolumeClaim } from '../cluster/objects.ts';

/** What a claim asks to be filled from. */
export interface PopulationRequest {
  readonly replica: string;
  /** Absent: the claim's own. */
  readonly namespace: string | undefined;
  /** The source volume whose replica it is; absent: that of the claim's own name, or the only one. */
  readonly volume: string | undefined;
  /** Absent: all of the SyncReplica. */
  readonly target: string | undefined;
  /** A VolumeSnapshot of a target's claim. */
  readonly snapshot: string | undefined;
}

/** Undefined for a claim that asks for nothing of ours. */
export const readRequest = ({ metadata, spec }: PersistentVolumeClaim): PopulationRequest | undefined => {
  const source = spec?.dataSourceRef;
  if (source?.apiGroup !== apiGroup || source.kind !== kind) return undefined;
  const said = metadata?.annotations ?? {};
  return {
    replica: source.name,
    namespace: source.namespace,
    volume: said[annotations.fromVolume] || undefined,
    target: said[annotations.fromTarget] || undefined,
    snapshot: said[annotations.fromSnapshot] || undefined,
  };
};
