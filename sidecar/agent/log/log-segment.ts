import type { Change, LoggedChange, RescanReason } from '../changes/change.ts';

/** What one change takes in memory, estimated, bytes. */
export const memoryOf = (change: Change): number =>
  160 + change.path.length + (change.kind === 'move' ? change.from.length : 0);

type Row = readonly [kind: string, at: number, path: string, extra?: string];

const toRow = ({ at, change }: LoggedChange): Row => {
  switch (change.kind) {
    case 'content':
      return change.created === true ? ['n', at, change.path] : ['c', at, change.path];
    case 'attributes':
      return ['a', at, change.path];
    case 'delete':
      return ['d', at, change.path];
    case 'move':
      return [change.isDirectory ? 'M' : 'm', at, change.path, change.from];
    case 'subtree':
      return ['s', at, change.path, change.reason];
  }
};

const changeOf = ([kind, , path, extra = '']: Row): Change => {
  switch (kind) {
    case 'n':
      return { kind: 'content', path, created: true };
    case 'c':
      return { kind: 'content', path };
    case 'a':
      return { kind: 'attributes', path };
    case 'd':
      return { kind: 'delete', path };
    case 'M':
    case 'm':
      return { kind: 'move', from: extra, path, isDirectory: kind === 'M' };
    case 's':
      return { kind: 'subtree', path, reason: extra as RescanReason };
    default:
      throw new Error(`read change log: unknown kind ${JSON.stringify(kind)}`);
  }
};

/** Changes with sequences without a gap, as JSON lines; latin1, since a path has one byte a character. */
export const encodeSegment = (changes: readonly LoggedChange[]): Buffer =>
  Buffer.from(changes.map((change) => JSON.stringify(toRow(change))).join('\n'), 'latin1');

/** @throws Error where the bytes are none of ours */
export const decodeSegment = (bytes: Buffer, first: number): LoggedChange[] =>
  bytes
    .toString('latin1')
    .split('\n')
    .map((line, index) => {
      const row = JSON.parse(line) as Row;
      return { sequence: first + index, at: row[1], change: changeOf(row) };
    });
