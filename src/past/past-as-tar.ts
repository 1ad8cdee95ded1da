import { decodePath, namesOf, plainMode, readPieces } from '../../sidecar/protocol/entries/past-pieces.ts';
import type { Unpacked } from '../../sidecar/protocol/entries/unpack-past.ts';
import type { PastAnswer, PastHead } from '../../sidecar/protocol/past/history.ts';
import { Failure } from '../process/failure.ts';

/** The past as a tar, and what is to be told of it once all of it was read. */
export interface PastTar {
  readonly bytes: AsyncIterable<Buffer>;
  /** @throws Failure `CutShort` before the end */
  done(): Unpacked;
}

const block = 512;
const longestName = 100;

/**
 * What `history-read` answers as a tar of GNU's form, which takes names as bytes and of any length. Owners are left to who
 * unpacks it. Without its end it is cut short for any tar.
 */
export const makeTar = (stream: AsyncIterable<Buffer>): PastTar => {
  const missing: { path: string; reason: string }[] = [];
  let about: PastAnswer | undefined;
  let entries = 0;
  async function* write(): AsyncGenerator<Buffer> {
    let left = 0;
    let rest = 0;
    for await (const { head, bytes } of readPieces(stream)) {
      if (bytes) {
        yield bytes;
        left -= bytes.length;
        if (left === 0) yield Buffer.alloc(rest);
      } else if (head.kind === 'begin') about = head;
      else if (head.kind === 'missing') missing.push({ path: decodePath(head.path), reason: head.reason });
      else if (head.kind === 'end') {
        entries = head.entries;
        yield Buffer.alloc(2 * block);
        return;
      } else {
        const entry = entryOf(head);
        if (entry) yield* header(entry);
        left = head.kind === 'file' ? head.size : 0;
        rest = (block - (left % block)) % block;
      }
    }
  }
  return {
    bytes: write(),
    done: () => {
      if (about && entries > 0) return { ...about, entries, missing };
      throw new Failure('CutShort', 'restore: the receiver stopped in the middle', { hint: 'its log says why' });
    },
  };
};

interface Entry {
  readonly type: '0' | '1' | '2' | '5' | 'L' | 'K';
  readonly name: Buffer;
  readonly target?: Buffer;
  readonly mode: number;
  readonly size: number;
  readonly mtimeNs: string;
}

/** Undefined for the root, which is there already. */
const entryOf = (head: PastHead & { kind: 'file' | 'directory' | 'symlink' | 'link' }): Entry | undefined => {
  const name = bytesOf(head.path);
  if (name.length === 0) return undefined;
  if (head.kind === 'link') return { type: '1', name, target: bytesOf(head.of), mode: 0o644, size: 0, mtimeNs: '0' };
  const { mode, mtimeNs } = head;
  if (head.kind === 'file') return { type: '0', name, mode, size: head.size, mtimeNs };
  if (head.kind === 'directory')
    return { type: '5', name: Buffer.concat([name, Buffer.from('/')]), mode, size: 0, mtimeNs };
  return { type: '2', name, target: Buffer.from(head.target, 'base64url'), mode, size: 0, mtimeNs };
};

const bytesOf = (coded: string): Buffer => Buffer.from(namesOf(coded).join('/'), 'latin1');

function* header(entry: Entry): Generator<Buffer> {
  if (entry.target && entry.target.length > longestName) yield* long('K', entry.target);
  if (entry.name.length > longestName) yield* long('L', entry.name);
  yield headerOf(entry);
}

/** The whole of a name that the header of the next entry has no room for. */
function* long(type: 'L' | 'K', name: Buffer): Generator<Buffer> {
  const size = name.length + 1;
  yield headerOf({ type, name: Buffer.from('././@LongLink'), mode: 0, size, mtimeNs: '0' });
  const padded = Buffer.alloc(Math.ceil(size / block) * block);
  name.copy(padded);
  yield padded;
}

const headerOf = ({ type, name, target, mode, size, mtimeNs }: Entry): Buffer => {
  const bytes = Buffer.alloc(block);
  name.copy(bytes, 0, 0, longestName);
  writeNumber(bytes, 100, 8, mode & plainMode);
  writeNumber(bytes, 108, 8, 0);
  writeNumber(bytes, 116, 8, 0);
  writeNumber(bytes, 124, 12, size);
  writeNumber(bytes, 136, 12, Math.max(0, Number(BigInt(mtimeNs) / 1_000_000_000n)));
  bytes.fill(' ', 148, 156);
  bytes.write(type, 156);
  target?.copy(bytes, 157, 0, longestName);
  bytes.write('ustar  ', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
};

/** Octal, or where it has no room for it the base 256 of GNU. */
const writeNumber = (bytes: Buffer, at: number, length: number, value: number): void => {
  const octal = value.toString(8).padStart(length - 1, '0');
  if (octal.length < length) bytes.write(octal, at);
  else {
    bytes.writeBigUInt64BE(BigInt(value), at + length - 8);
    bytes[at] = 0x80;
  }
};
