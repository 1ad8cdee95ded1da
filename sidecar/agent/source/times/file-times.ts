/** Every time that is compared with another is reckoned by this, so that equal times are equal numbers. */
export const toMs = (ns: bigint): number => Number(ns) / 1_000_000;
