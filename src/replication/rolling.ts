import type { StatefulSet } from '../cluster/objects.ts';

/** What the template of a StatefulSet says does not run yet. One says nothing of itself before its controller has seen it. */
export const isRolling = ({ metadata, status }: StatefulSet): boolean => {
  const { observedGeneration, currentRevision, updateRevision } = status ?? {};
  const isUnseen = observedGeneration !== undefined && observedGeneration < (metadata?.generation ?? 0);
  return isUnseen || (updateRevision !== undefined && updateRevision !== currentRevision);
};
