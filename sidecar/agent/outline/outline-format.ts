import { createHash } from 'node:crypto';
import type { RelPath } from '../changes/change.ts';
import type { Seed } from './state-hash.ts';
import type { VolumeIdentity } from './volume-identity.ts';

/** What a whole outline is about. */
export interface OutlineHeader {
  readonly format: 1;
  readonly id: string;
  readonly seed: Seed;
  readonly volume: VolumeIdentity;
  /** The root's own state; null where it was changed too lately. */
  readonly root: number | null;
}

/** What was there: of each directory the states of what it held, sorted. What was changed too lately to be sure of is not among them. */
export interface Outline {
  readonly header: OutlineHeader;
  statesIn(path: RelPath): Float64Array | undefined;
}

const digestBytes = 32;
const wordBytes = 8;
const padded = (bytes: number): number => Math.ceil(bytes / wordBytes) * wordBytes;

/** Directory by directory: the lengths of path and states, the path, the states. */
export class OutlineRecords {
  readonly #parts: Buffer[] = [];

  add(path: RelPath, states: readonly number[]): void {
    const part = Buffer.alloc(wordBytes + padded(path.length) + states.length * wordBytes);
    part.writeUInt32LE(path.length, 0);
    part.writeUInt32LE(states.length, 4);
    part.write(path, wordBytes, 'latin1');
    let at = wordBytes + padded(path.length);
    for (const state of Float64Array.from(states).sort()) at = part.writeDoubleLE(state, at);
    this.#parts.push(part);
  }

  /** The whole outline, with a digest of it at the end. */
  encode(header: OutlineHeader): Buffer[] {
    const text = Buffer.from(JSON.stringify(header));
    const head = Buffer.alloc(wordBytes + padded(text.length), ' ');
    head.writeUInt32LE(text.length, 0);
    head.writeUInt32LE(0, 4);
    text.copy(head, wordBytes);
    const hash = createHash('sha256').update(head);
    for (const part of this.#parts) hash.update(part);
    return [head, ...this.#parts, hash.digest()];
  }
}

/** @returns undefined where it is not whole */
export function decodeOutline(bytes: Buffer): Outline | undefined {
  if (bytes.length < wordBytes + digestBytes) return undefined;
  const end = bytes.length - digestBytes;
  const digest = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (!digest.equals(bytes.subarray(end))) return undefined;
  const headerLength = bytes.readUInt32LE(0);
  const header = JSON.parse(bytes.toString('utf8', wordBytes, wordBytes + headerLength)) as OutlineHeader;
  if (header.format !== 1) return undefined;
  const records = new Map<RelPath, Float64Array>();
  for (let at = wordBytes + padded(headerLength); at < end; ) {
    const [pathLength, count] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    const from = at + wordBytes + padded(pathLength);
    const path = bytes.toString('latin1', at + wordBytes, at + wordBytes + pathLength);
    records.set(path, new Float64Array(bytes.buffer, bytes.byteOffset + from, count));
    at = from + count * wordBytes;
  }
  return { header, statesIn: (path) => records.get(path) };
}
