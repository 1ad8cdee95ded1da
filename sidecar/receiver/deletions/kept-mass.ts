import type { KeepRequest } from '../../protocol/control.ts';
import type { KeptMass, UndeleteAnswer } from '../../protocol/past/kept.ts';
import type { MassDirectory } from './mass-directory.ts';
import type { Place } from './move-away.ts';

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
  readonly #directory: MassDirectory;
  #note: MassNote;
  /** The paths that were asked for, base64url; some of them may not have been there. */
  #lines = 0;
  #samples: string[] = [];
  #count = 0;

  private constructor(directory: MassDirectory, note: MassNote) {
    this.#directory = directory;
    this.#note = note;
  }

  static async make(
    directory: MassDirectory,
    { id, reason, forMs = defaultKeepMs }: KeepRequest,
    now: number,
  ): Promise<KeptMassStore> {
    const note = { id, reason, since: now, until: now + forMs };
    await directory.writeNote(note);
    return new KeptMassStore(directory, note);
  }

  /** `note`: what was read of it. */
  static async load(directory: MassDirectory, note: unknown): Promise<KeptMassStore> {
    const mass = new KeptMassStore(directory, note as MassNote);
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
    const keepMs = forMs ?? defaultKeepMs;
    if (now + keepMs - this.#note.until > keepMs / 10) {
      const note = { ...this.#note, until: now + keepMs };
      await this.#directory.writeNote(note);
      this.#note = note;
    }
    // Last: a line that is there is of the next place.
    await this.#directory.addLines(coded.map((path) => `${path}\n`).join(''));
    for (const path of coded.slice(0, keptSamples - this.#samples.length)) this.#samples.push(path);
    this.#count += paths.length;
    return paths.map(() => this.#directory.place(String(++this.#lines)));
  }

  /** The youngest first: what was taken out of a directory before the directory itself comes after it. */
  async putBack(
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
      const reason = make(path, name, () => this.#directory.putBack(path, name));
      if (reason === null) restored++;
      if (reason === null || reason === 'NotKept') continue;
      failedCount++;
      if (failed.length < toldFailures) failed.push({ path: coded, reason });
    }
    this.#recount();
    return { restored, failed, failedCount };
  }

  get path(): string {
    return this.#directory.path;
  }

  close(): void {
    this.#directory.close();
  }

  /** What is really there: paths that were gone already, or have been put back, are not. */
  #recount(): void {
    this.#count = this.#directory.count();
  }

  async #readIndex(): Promise<string[]> {
    const text = await this.#directory.readLines();
    // A line that was cut off by a crash had nothing moved for it.
    return text.split('\n').slice(0, -1);
  }
}
