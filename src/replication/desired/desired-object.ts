import type { KubeObject } from '../../cluster/objects.ts';
import type { Resource } from '../../cluster/resources.ts';
import { withHash } from '../drift.ts';

/** One object to apply; what it was applied as is noticed by its hash. */
export interface DesiredObject {
  readonly resource: Resource<KubeObject>;
  readonly object: KubeObject;
}

export const desired = <T extends KubeObject>(resource: Resource<T>, object: T): DesiredObject => ({
  resource: resource as Resource<KubeObject>,
  object: withHash(object),
});
