/** What a history may take, and for how long. */
export interface HistorySettings {
  readonly keepMs: number;
  /** Bytes, or a share of the volume in percent. */
  readonly maxSize: { readonly bytes: number } | { readonly percent: number };
}

export interface SegmentFacts {
  readonly name: string;
  readonly beganAt: number;
  /** What is kept of it, bytes. */
  readonly bytes: number;
}

/** A stretch that is let go as a whole is this part of the time that is kept. */
const parts = 24;
const shortestMs = 1_000;

export const segmentMs = ({ keepMs }: HistorySettings): number => Math.max(shortestMs, keepMs / parts);

export const maxBytesOf = ({ maxSize }: HistorySettings, volumeBytes: number): number =>
  'bytes' in maxSize ? maxSize.bytes : (volumeBytes * maxSize.percent) / 100;

/**
 * Which segments are let go: the oldest first, until what is left is young and small enough; where room is short, the oldest
 * at least. The last one is the one that is being written: it goes only when it alone is too much. Pure.
 */
export const chooseExpired = (
  segments: readonly SegmentFacts[],
  limits: { readonly now: number; readonly keepMs: number; readonly maxBytes: number; readonly isRoomShort: boolean },
): string[] => {
  let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const expired: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    const isOld = next !== undefined && next.beganAt <= limits.now - limits.keepMs;
    const isForRoom = limits.isRoomShort && expired.length === 0;
    if (!isOld && bytes <= limits.maxBytes && !isForRoom) break;
    expired.push(segment.name);
    bytes -= segment.bytes;
  }
  return expired;
};
