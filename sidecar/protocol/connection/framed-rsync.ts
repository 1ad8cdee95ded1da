import { Transform, type TransformCallback } from 'node:stream';
import type { PreserveRequest } from '../past/preserve.ts';

/**
 * How bytes to a receiver's rsync travel where there is a history: in frames, each a kind (one byte) and a length (four,
 * big-endian). So what a run is about to replace is named on its own way, just before it: that costs no answer.
 */
const kinds = { rsync: 0, preserve: 1 } as const;
const headBytes = 5;
/** A list of 100,000 long paths. */
const longestPreserve = 32 * 1024 * 1024;

const headOf = (kind: number, length: number): Buffer => {
  const head = Buffer.allocUnsafe(headBytes);
  head.writeUInt8(kind);
  head.writeUInt32BE(length, 1);
  return head;
};

/** The agent's end: frames what rsync says. */
export class FrameRsync extends Transform {
  preserve(request: PreserveRequest): void {
    const text = Buffer.from(JSON.stringify(request));
    this.push(Buffer.concat([headOf(kinds.preserve, text.length), text]));
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.push(headOf(kinds.rsync, chunk.length));
    done(null, chunk);
  }
}

/** The receiver's end: lets rsync's bytes through, each only when all that came before it has been preserved. */
export class UnframeRsync extends Transform {
  readonly #preserve: (body: unknown) => Promise<void>;
  /** A head that is not whole yet, or a preserve frame. */
  #gathered: Buffer = Buffer.alloc(0);
  #kind: number | undefined;
  #left = 0;

  constructor(preserve: (body: unknown) => Promise<void>) {
    super();
    this.#preserve = preserve;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#take(chunk).then(
      () => done(),
      (error: Error) => done(error),
    );
  }

  async #take(chunk: Buffer): Promise<void> {
    for (let rest = chunk; rest.length > 0; ) {
      if (this.#kind === undefined) rest = this.#takeHead(rest);
      else if (this.#kind === kinds.rsync) rest = this.#takeBytes(rest);
      else rest = await this.#takePreserve(rest);
    }
  }

  #takeHead(chunk: Buffer): Buffer {
    const missing = headBytes - this.#gathered.length;
    const head = Buffer.concat([this.#gathered, chunk.subarray(0, missing)]);
    this.#gathered = head;
    if (head.length === headBytes) {
      this.#gathered = Buffer.alloc(0);
      this.#left = head.readUInt32BE(1);
      const kind = head.readUInt8();
      if (kind !== kinds.rsync && (kind !== kinds.preserve || this.#left > longestPreserve))
        throw new Error('read rsync connection: what came is no frame');
      this.#kind = this.#left > 0 ? kind : undefined;
    }
    return chunk.subarray(missing);
  }

  #takeBytes(chunk: Buffer): Buffer {
    const bytes = chunk.subarray(0, this.#left);
    this.push(bytes);
    this.#count(bytes.length);
    return chunk.subarray(bytes.length);
  }

  async #takePreserve(chunk: Buffer): Promise<Buffer> {
    const bytes = chunk.subarray(0, this.#left);
    this.#gathered = Buffer.concat([this.#gathered, bytes]);
    this.#count(bytes.length);
    if (this.#kind === undefined) {
      const text = this.#gathered.toString();
      this.#gathered = Buffer.alloc(0);
      await this.#preserve(JSON.parse(text));
    }
    return chunk.subarray(bytes.length);
  }

  #count(bytes: number): void {
    this.#left -= bytes;
    if (this.#left === 0) this.#kind = undefined;
  }
}
