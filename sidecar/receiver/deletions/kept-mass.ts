import { closeSync, openSync, readdirSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeepRequest } from '../../protocol/control.ts';
import type { KeptMass, UndeleteAnswer } from '../../protocol/kept.ts';
import { readDurable, writeDurable } from '../volume/durable-file.ts';
import type { Place } from './move-away.ts';
import { putBack } from './put-back.ts';

interface MassNote {
  readonly id: string;
  readonly reason: string;
  readonly since: number;
  readonly until: number;
}

const keptSamples = 10;
const toldFailures = 1_000;
const defaultKeepMs = 3_600_000;

/**
 * One mass of deletions, in a directory of its own: `entries/N` is what was at the path in line N of `index`, which is
 * durable before anything is moved; `note.json` says what it is.
 */
export class KeptMassStore {
  readonly #path: string;
  #note: MassNote;
  /** The paths that were asked for, base64url; some of them may not have been there. */
  #lines = 0;
  #samples: string[] = [];
  #count = 0;
  #entries: number;

  private constructor(path: string, note: MassNote) {
    this.#path = path;
    this.#note = note;
    this.#entries = openSync(join(path, 'entries'), 'r');
  }

  static async make(
    path: string,
    { id, reason, forMs = defaultKeepMs }: KeepRequest,
    now: number,
  ): Promise<KeptMassStore> {
    await mkdir(join(path, 'entries'), { recursive: true, mode: 0o700 });
    const note = { id, reason, since: now, until: now + forMs };
    await writeDurable(join(path, 'note.json'), JSON.stringify(note));
    return new KeptMassStore(path, note);
  }

  /** Undefined for what was being made when the receiver ended: nothing was moved there yet. */
  static async load(path: string): Promise<KeptMassStore | undefined> {
    const note = (await readDurable(join(path, 'note.json'))) as MassNote | undefined;
    if (!note) return undefined;
    const mass = new KeptMassStore(path, note);
    const paths = await mass.#readIndex();
    mass.#lines = paths.length;
    mass.#samples = paths.slice(0, keptSamples);
    mass.#recount();
    return mass;
  }

  get described(): KeptMass {
    return { ...this.#note, count: this.#count, samples: this.#samples };
  }

  /** Places for paths, each with its line in the index; the mass is kept longer where it grows. */
  async reserve(paths: readonly string[], forMs: number | undefined, now: number): Promise<Place[]> {
    const coded = paths.map((path) => Buffer.from(path, 'latin1').toString('base64url'));
    const index = await open(join(this.#path, 'index'), 'a', 0o600);
    try {
      await index.writeFile(coded.map((path) => `${path}\n`).join(''));
      await index.datasync();
    } finally {
      await index.close();
    }
    const keepMs = forMs ?? defaultKeepMs;
    if (now + keepMs - this.#note.until > keepMs / 10) {
      this.#note = { ...this.#note, until: now + keepMs };
      await writeDurable(join(this.#path, 'note.json'), JSON.stringify(this.#note));
    }
    for (const path of coded.slice(0, keptSamples - this.#samples.length)) this.#samples.push(path);
    this.#count += paths.length;
    return paths.map(() => ({ fd: this.#entries, name: String(++this.#lines) }));
  }

  /** The youngest first: what was taken out of a directory before the directory itself comes after it. */
  async putBack(
    root: string,
    requireEpoch: () => void,
    /** Makes one move, which answers null or why it was not made; `name` is its place's. */
    make: (path: string, name: string, move: () => string | null) => string | null,
  ): Promise<UndeleteAnswer> {
    const paths = await this.#readIndex();
    const failed: UndeleteAnswer['failed'][number][] = [];
    let restored = 0;
    let failedCount = 0;
    for (let line = paths.length; line > 0; line--) {
      requireEpoch();
      const coded = paths[line - 1] ?? '';
      const path = Buffer.from(coded, 'base64url').toString('latin1');
      const name = String(line);
      const reason = make(path, name, () => putBack(root, path, { fd: this.#entries, name }));
      if (reason === null) restored++;
      if (reason === null || reason === 'NotKept') continue;
      failedCount++;
      if (failed.length < toldFailures) failed.push({ path: coded, reason });
    }
    this.#recount();
    return { restored, failed, failedCount };
  }

  get path(): string {
    return this.#path;
  }

  close(): void {
    closeSync(this.#entries);
  }

  /** What is really there: paths that were gone already, or have been put back, are not. */
  #recount(): void {
    this.#count = readdirSync(join(this.#path, 'entries')).length;
  }

  async #readIndex(): Promise<string[]> {
    const text = await readFile(join(this.#path, 'index'), 'latin1').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    // A line that was cut off by a crash had nothing moved for it.
    return text.split('\n').slice(0, -1);
  }
}
