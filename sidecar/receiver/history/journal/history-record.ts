/** Attributes of an entry, as lstat says them. */
export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
  /** Bytes; 0 for a directory. */
  readonly size: number;
}

/** What was at a path: nothing; a directory, whose entries have records of their own; or what is kept now under a number. */
export type Before =
  | { readonly kind: 'absent' }
  | ({ readonly kind: 'directory' } & Attributes)
  | ({ readonly kind: 'kept'; readonly number: number } & Attributes);

/**
 * One line of a journal. Places are binary strings below the volume's directory of places: `data/…` the replica, `kept/…`
 * kept masses, `past/SEGMENT/NUMBER` what this history keeps.
 * - `begin`: a segment begins; what came before it is the segment before, unless `break` says why that is not so.
 * - `write`: what is at `place` is about to be replaced, changed or made.
 * - `move`: what is at `from` is about to be renamed to `to`; it was, unless nothing is at `to`, or `unmoved` follows.
 * - `lost`: what was at `place` could not be kept.
 * - `checkpoint`: the replica is equal to the source. `mark`: a moment that can be gone back to all the same.
 */
export type HistoryRecord = Moment | Change;

/** Where the replica was equal to the source: how far it was, and whether the application was still for it. */
export interface CheckpointOf {
  readonly epoch: number;
  readonly sequence: number;
  readonly isConsistent: boolean;
}

/** What is told of a moment. */
export type Moment =
  | { readonly kind: 'begin'; readonly at: number; readonly bootId: string; readonly break?: string }
  | { readonly kind: 'time' | 'mark' | 'end'; readonly at: number }
  | ({ readonly kind: 'checkpoint'; readonly at: number } & CheckpointOf)
  | { readonly kind: 'gap'; readonly at: number; readonly why: string };

/** What may change. */
export type Change =
  | { readonly kind: 'write'; readonly place: string; readonly before: Before }
  | { readonly kind: 'move'; readonly from: string; readonly to: string }
  | { readonly kind: 'unmoved' }
  | { readonly kind: 'lost'; readonly place: string };

const letters = {
  begin: 'B',
  time: 'T',
  mark: 'M',
  end: 'E',
  checkpoint: 'C',
  gap: 'G',
  write: 'W',
  move: 'V',
  unmoved: 'N',
  lost: 'X',
} as const;

/** A record as one line, its end included. Names are base64url, so that a line has no byte of theirs. */
export const writeRecord = (record: HistoryRecord): string => `${letters[record.kind]}${fieldsOf(record)}\n`;

const fieldsOf = (record: HistoryRecord): string => {
  switch (record.kind) {
    case 'begin':
      return ` ${record.at} ${record.bootId}${record.break === undefined ? '' : ` ${record.break}`}`;
    case 'checkpoint':
      return ` ${record.at} ${record.epoch} ${record.sequence}${record.isConsistent ? ' consistent' : ''}`;
    case 'gap':
      return ` ${record.at} ${record.why}`;
    case 'write':
      return ` ${encode(record.place)} ${writeBefore(record.before)}`;
    case 'move':
      return ` ${encode(record.from)} ${encode(record.to)}`;
    case 'lost':
      return ` ${encode(record.place)}`;
    case 'unmoved':
      return '';
    default:
      return ` ${record.at}`;
  }
};

const writeBefore = (before: Before): string => {
  if (before.kind === 'absent') return '-';
  const attributes = `${before.mode.toString(8)} ${before.uid} ${before.gid} ${before.mtimeNs} ${before.size}`;
  return before.kind === 'directory' ? `d ${attributes}` : `${before.number} ${attributes}`;
};

/** Reads a line without its end; undefined for one that was not written whole. */
export const readRecord = (line: string): HistoryRecord | undefined => {
  const [letter = '', ...fields] = line.split(' ');
  const [first = '', second = '', third = '', fourth = ''] = fields;
  const at = Number(first);
  const isTime = /^\d+$/.test(first);
  switch (letter) {
    case 'B':
      if (!isTime || second === '') return undefined;
      return { kind: 'begin', at, bootId: second, ...(third === '' ? {} : { break: third }) };
    case 'T':
      return isTime ? { kind: 'time', at } : undefined;
    case 'M':
      return isTime ? { kind: 'mark', at } : undefined;
    case 'E':
      return isTime ? { kind: 'end', at } : undefined;
    case 'G':
      return isTime && second !== '' ? { kind: 'gap', at, why: second } : undefined;
    case 'C':
      if (!isTime || !isNumber(second) || !isNumber(third)) return undefined;
      return {
        kind: 'checkpoint',
        at,
        epoch: Number(second),
        sequence: Number(third),
        isConsistent: fourth === 'consistent',
      };
    case 'W': {
      const before = readBefore(fields.slice(1));
      return before && { kind: 'write', place: decode(first), before };
    }
    case 'V':
      return second === '' ? undefined : { kind: 'move', from: decode(first), to: decode(second) };
    case 'N':
      return { kind: 'unmoved' };
    case 'X':
      return first === '' ? undefined : { kind: 'lost', place: decode(first) };
    default:
      return undefined;
  }
};

const readBefore = ([what = '', mode = '', uid = '', gid = '', mtimeNs = '', size = '']: string[]):
  | Before
  | undefined => {
  if (what === '-') return { kind: 'absent' };
  if (!/^(d|\d+)$/.test(what) || !/^[0-7]+$/.test(mode) || !/^-?\d+$/.test(mtimeNs)) return undefined;
  if (![uid, gid, size].every(isNumber)) return undefined;
  const attributes = {
    mode: Number.parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    mtimeNs: BigInt(mtimeNs),
    size: Number(size),
  };
  return what === 'd' ? { kind: 'directory', ...attributes } : { kind: 'kept', number: Number(what), ...attributes };
};

const isNumber = (text: string): boolean => /^\d+$/.test(text);
const encode = (place: string): string => Buffer.from(place, 'latin1').toString('base64url');
const decode = (text: string): string => Buffer.from(text, 'base64url').toString('latin1');
