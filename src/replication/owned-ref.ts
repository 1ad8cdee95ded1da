import type { KubeObject } from '../cluster/objects.ts';
import type { Resource } from '../cluster/resources.ts';

/** One object of a SyncReplica's that may be deleted; with `uid`, only while it is still that one. */
export interface OwnedRef {
  readonly resource: Resource<KubeObject>;
  readonly name: string;
  readonly uid: string | undefined;
}
