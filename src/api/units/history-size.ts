import { parseQuantity } from './quantity.ts';

/** What a history may take: a share of the volume in percent, or bytes. */
export type HistorySize = { readonly percent: number } | { readonly bytes: number };

/** `1%` to `100%`, or a Kubernetes quantity above 0; undefined when it is neither. */
export const parseHistorySize = (text: string): HistorySize | undefined => {
  const share = /^([1-9][0-9]?|100)%$/.exec(text)?.[1];
  if (share !== undefined) return { percent: Number(share) };
  const bytes = parseQuantity(text);
  return bytes !== undefined && bytes > 0 ? { bytes } : undefined;
};
