import { labels } from '../api/names.ts';
import type { Namespace } from '../cluster/objects.ts';
import { trimMetadata } from './trim.ts';

/** A namespace for which nobody has asked for agents, where that has to be asked for, is as one that opted out. */
export const closeUnlessEnabled = (namespace: Namespace): Namespace => {
  const trimmed = trimMetadata(namespace);
  const own = trimmed.metadata?.labels ?? {};
  if (own[labels.injection] === 'enabled') return trimmed;
  return { ...trimmed, metadata: { ...trimmed.metadata, labels: { ...own, [labels.injection]: 'disabled' } } };
};
