import { labels } from '../api/names.ts';

interface Labelled {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
}

/** True for what is a receiver's: its pod, its StatefulSet, its claim. */
export const isReceiver = (pod: Labelled): boolean => pod.metadata?.labels?.[labels.component] === 'receiver';

/** Finished pods have no volume any more; one that is being deleted still writes. */
export const isLive = (pod: { readonly status?: { readonly phase?: string } }): boolean =>
  pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
