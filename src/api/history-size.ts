import { parseQuantity } from './quantity.ts';

/** What a history may take: a share of the volume in percent, or bytes. */
export type HistorySize = { readonly percent: number } | { readonly bytes: number };

/** `20%`, or a Kubernetes quantity; undefined when it is neither, or nothing. */
export const parseHistorySize = (text: string): HistorySize | undefined => {
  const share = /^(\d+(?:[.]\d+)?)%$/.exec(text);
  if (share) {
    const percent = Number(share[1]);
    return percent > 0 && percent <= 100 ? { percent } : undefined;
  }
  const bytes = parseQuantity(text);
  return bytes !== undefined && bytes > 0 ? { bytes } : undefined;
};
