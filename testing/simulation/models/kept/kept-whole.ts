import type { UndeleteAnswer } from '../../../../sidecar/protocol/past/kept.ts';
import { decodeName } from '../../../../sidecar/protocol/verify.ts';
import type { ModelPlaces } from '../history/model-places.ts';
import { type Inode, linksOf } from '../inode.ts';
import { walkDown } from '../walk-down.ts';

interface Expected {
  readonly id: string;
  readonly path: string;
  readonly lines: readonly string[];
}

/** What is kept of deletions, as nobody but the simulation knows: whether it is there, and whether it comes back whole. */
export class KeptWhole {
  /** What is not as it has to be. */
  readonly found: string[] = [];
  /** Masses whose time is over, or that make room. */
  mayGo: ReadonlySet<string> = new Set();
  /** What is put back stays: nothing of the source, nor of the mass itself, is still on its way. */
  staysBack = true;
  readonly #places: ModelPlaces;
  /** By place. */
  readonly #expected = new Map<string, Expected>();
  /** Where something was once: after a power cut it may be there again. */
  readonly #known = new Map<string, Omit<Expected, 'lines'>>();
  readonly #letGo = new Set<string>();
  /** What was put back, by path: it stays until the source changes, or somebody lets it go. */
  readonly #back = new Map<string, readonly string[]>();

  constructor(places: ModelPlaces) {
    this.#places = places;
  }

  /** Something is kept under an id, which may come again. */
  taken(id: string): void {
    this.#letGo.delete(id);
  }

  /** It was moved to a place. */
  note(id: string, place: string, path: string): void {
    const inode = this.#places.at(place);
    if (inode === undefined) return;
    const lines = describe(inode).map(({ content, own, isAlone }) => (isAlone ? content + own : content));
    this.#expected.set(place, { id, path, lines });
    this.#known.set(place, { id, path });
  }

  /** After what may take something of it, or bring it back: a power cut, a roll-back. */
  lookAnew(): void {
    this.#expected.clear();
    this.#back.clear();
    for (const id of this.#letGo) if (this.#places.at(`kept/${id}`) !== undefined) this.#letGo.delete(id);
    for (const [place, { id, path }] of [...this.#known]) this.note(id, place, path);
  }

  isLetGo(id: string): boolean {
    return this.#letGo.has(id);
  }

  /** A mass is about to be let go. */
  checkLetGo(id: string): void {
    if (this.mayGo.has(id)) return;
    for (const [place, expected] of this.#expected)
      if (expected.id === id && this.#places.at(place) !== undefined)
        this.found.push(`${expected.path} of ${id} was let go before its time`);
  }

  /** It was. */
  letGo(id: string): void {
    this.#letGo.add(id);
    for (const [place, expected] of [...this.#expected]) if (expected.id === id) this.#expected.delete(place);
  }

  /** What is told of can be put back. */
  checkOffered(ids: readonly string[]): void {
    for (const id of ids) if (this.#letGo.has(id)) this.found.push(`${id} is offered, and was let go`);
    this.check();
  }

  /** What was put back may be changed, and so may what is about to be: the source changes, or somebody lets go. */
  releaseBack(): void {
    this.#back.clear();
    this.staysBack = false;
  }

  /** All that is kept is there, as it was; and so is what was put back. */
  check(): void {
    for (const [path, lines] of this.#back) this.#compare(`${path}, put back`, lines, this.#places.data.get(path));
    for (const [place, { id, path, lines }] of this.#expected)
      this.#compare(`${path} of ${id}, kept`, lines, this.#places.at(place));
  }

  /** What was put back is whole, and what was not stays and is told of. */
  checkPutBack(id: string, { failed }: UndeleteAnswer): void {
    const told = new Set(failed.map(({ path }) => decodeName(path)));
    for (const [place, expected] of [...this.#expected]) {
      if (expected.id !== id) continue;
      const { path, lines } = expected;
      if (this.#places.at(place) !== undefined) {
        if (!told.has(path)) this.found.push(`${path} of ${id} was not put back, and nobody was told`);
        continue;
      }
      this.#expected.delete(place);
      this.#compare(`${path} of ${id}, put back`, lines, this.#places.data.get(path));
      if (this.staysBack) this.#back.set(path, lines);
    }
  }

  #compare(what: string, lines: readonly string[], inode: Inode | undefined): void {
    if (inode === undefined) {
      this.found.push(`${what}: missing`);
      return;
    }
    const there = new Set(describe(inode).flatMap(({ content, own }) => [content, content + own]));
    for (const line of lines) if (!there.has(line)) this.found.push(`${what}: was ${line}`);
  }
}

/** Attributes of directories change by what is in them, those of a file also by its other names. */
function describe(top: Inode): { readonly content: string; readonly own: string; readonly isAlone: boolean }[] {
  return [...walkDown('', top)].map(([path, inode]) => {
    const content = inode.type === 'file' ? inode.pieces.join() : inode.type === 'symlink' ? inode.target : '';
    return {
      content: `${path} ${inode.type} ${content}`,
      own: ` ${inode.mode.toString(8)} ${inode.mtime}`,
      isAlone: inode.type !== 'directory' && linksOf(inode) === 1,
    };
  });
}
