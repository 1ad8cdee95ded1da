import { labels } from '../api/names.ts';

interface Labelled {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
}

const componentOf = (object: Labelled): string | undefined => object.metadata?.labels?.[labels.component];

/** True for what is of a target's readers, which are receivers too. */
export const isReader = (object: Labelled): boolean => componentOf(object) === 'reader';

/** True for what is a receiver's: its pod, its StatefulSet, its claim. */
export const isReceiver = (object: Labelled): boolean => componentOf(object) === 'receiver' || isReader(object);

/** Finished pods have no volume any more; one that is being deleted still writes. */
export const isLive = (pod: { readonly status?: { readonly phase?: string } }): boolean =>
  pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
