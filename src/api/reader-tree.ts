/** How readers feed each other: the first feeds as many as it may, each of these as many in its turn, and so on. */
export interface ReaderTree {
  readonly replicas: number;
  /** How many one feeds at most. */
  readonly fanOut: number;
}

/** The ordinals of the readers that a reader feeds; of those that the target's own receiver feeds, without one. */
export const readersFedBy = ({ replicas, fanOut }: ReaderTree, ordinal?: number): number[] => {
  const first = ordinal === undefined ? 0 : fanOut * (ordinal + 1);
  return Array.from({ length: Math.max(0, Math.min(fanOut, replicas - first)) }, (_, index) => first + index);
};

/** Who feeds a reader: another one, or undefined, which is the target's own receiver. */
export const feederOf = ({ fanOut }: Pick<ReaderTree, 'fanOut'>, ordinal: number): number | undefined =>
  ordinal < fanOut ? undefined : Math.floor(ordinal / fanOut) - 1;
