import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import type { ReplicationSettings } from '../api/settings/replication-settings.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../cluster/objects.ts';
import type { PopulationRequest } from './request.ts';

/** All that is read before anything is decided about one claim that asks to be filled. */
export interface ObservedClaim {
  readonly claim: PersistentVolumeClaim;
  readonly request: PopulationRequest;
  /** The chart gave the rights. */
  readonly isEnabled: boolean;
  readonly replica: SyncReplica | undefined;
  /** The source volumes that are known, by name, with what their agents are told. */
  readonly volumes: ReadonlyMap<string, ReplicationSettings | undefined>;
  readonly isElevatedAllowed: boolean;
  /** Of the claim's storage class; undefined where that is not there. */
  readonly bindingMode: string | undefined;
  /** The claim that is filled in its place, the pod that does it, and the volume behind it. */
  readonly prime: PersistentVolumeClaim | undefined;
  readonly pod: Pod | undefined;
  readonly volume: PersistentVolume | undefined;
}

/** What is told on the claim. */
export interface Told {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
}
