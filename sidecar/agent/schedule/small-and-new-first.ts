/** A file that waits to be sent. `changedAt` is wall clock, ms. */
export interface SizeAndAge {
  readonly bytes: number;
  readonly changedAt: number;
}

/** The small first, of like size (within a power of two) the new: negative where `a` goes before `b`. */
export const compareSmallAndNew = (a: SizeAndAge, b: SizeAndAge): number => {
  const [aSize, bSize] = [sizeClass(a.bytes), sizeClass(b.bytes)];
  return aSize === bSize ? b.changedAt - a.changedAt : aSize - bSize;
};

const sizeClass = (bytes: number): number => Math.floor(Math.log2(Math.max(1, bytes)));
