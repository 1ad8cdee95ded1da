import { type FileHandle, open } from 'node:fs/promises';
import { errorCode } from '../../../src/process/failure.ts';
import { bindLibc, type LibcFunction } from '../../../src/process/system/libc.ts';

const chunkBytes = 64 * 1024;
/** FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE of linux/falloc.h. */
const punchHole = 3;

let fallocate: LibcFunction | undefined;

/** Reads lines that another process appends to a file, and gives the room of what was read back to the file system. */
export class FileFollower {
  readonly #path: string;
  readonly #onLine: (line: string) => void;
  readonly #timer: NodeJS.Timeout;
  #file: FileHandle | undefined;
  #offset = 0;
  #rest = '';
  #reading: Promise<void> = Promise.resolve();

  constructor(options: { readonly path: string; readonly onLine: (line: string) => void; readonly everyMs: number }) {
    this.#path = options.path;
    this.#onLine = options.onLine;
    this.#timer = setInterval(() => void this.#readInTurn().catch(() => this.#stop()), options.everyMs);
    this.#timer.unref();
  }

  /** Reads what is left. @throws where the file can't be read */
  async end(): Promise<void> {
    this.#stop();
    await this.#readInTurn();
    if (this.#rest !== '') this.#onLine(this.#rest);
    await this.#file?.close();
  }

  #stop(): void {
    clearInterval(this.#timer);
  }

  #readInTurn(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  async #read(): Promise<void> {
    this.#file ??= await openIfThere(this.#path);
    if (this.#file === undefined) return;
    const begin = this.#offset;
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      const { bytesRead } = await this.#file.read(buffer, 0, chunkBytes, this.#offset);
      if (bytesRead === 0) break;
      this.#offset += bytesRead;
      const lines = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.#onLine(line);
    }
    // Where the file system has no holes it stays until the run ends.
    fallocate ??= bindLibc('int fallocate(int fd, int mode, int64_t offset, int64_t length)');
    if (this.#offset > begin) fallocate(this.#file.fd, punchHole, begin, this.#offset - begin);
  }
}

const openIfThere = async (path: string): Promise<FileHandle | undefined> => {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};
