import type { RelPath } from '../../../sidecar/agent/changes/change.ts';
import { joinPath } from '../../../sidecar/agent/changes/paths.ts';
import type { Boot } from '../../../sidecar/agent/source/boot.ts';
import { type FoundNames, LinkedNames } from '../../../sidecar/agent/source/links/linked-names.ts';
import type { ChangedFile, Look, SourceView } from '../../../sidecar/agent/source/source-view.ts';
import type { EntryFingerprint } from '../../../sidecar/protocol/control.ts';
import type { NodeClock } from '../world/node-clock.ts';
import { type Inode, linksOf, sizeOf } from './inode.ts';
import type { Volume } from './volume.ts';

/** What an agent sees of a model volume: the same questions as to a real source. */
export class ModelSource implements SourceView {
  readonly path = '/source';
  readonly bytes = '/source';
  readonly tickMs: number;
  readonly linked: LinkedNames;
  readonly #clock: NodeClock;
  readonly #volume: Volume;
  #identity: string | undefined;

  constructor(volume: Volume, clock: NodeClock, tickMs: number) {
    this.#volume = volume;
    this.#clock = clock;
    this.tickMs = tickMs;
    this.linked = new LinkedNames({
      lookAt: (path) => this.#namesOf(path),
      search: async (inodes) => this.#search(inodes),
    });
  }

  /** Which directory the root is now. */
  get identity(): string {
    return this.#identify();
  }

  boot(): Boot {
    return { id: 'source', startedAt: this.#clock.now() - this.#clock.monotonic() };
  }

  /** @returns whether it is another one than before */
  adopt(): boolean {
    const before = this.#identity;
    this.#identity = this.#identify();
    return before !== undefined && before !== this.#identity;
  }

  check(): 'same' | 'lost' | 'replaced' {
    return this.#identify() === this.#identity ? 'same' : 'replaced';
  }

  isEmpty(): boolean {
    return [...(this.#volume.directory('')?.children.keys() ?? [])].every((name) => name === 'lost+found');
  }

  look(path: RelPath): Look {
    const inode = this.#volume.get(path);
    if (inode === undefined) return { kind: 'gone' };
    if (inode.type === 'directory') return { kind: inode.type };
    const names = { links: linksOf(inode), inode: keyOf(inode) };
    if (inode.type === 'symlink') return { kind: inode.type, ...names };
    if (inode.type !== 'file') return { kind: 'special' };
    if (names.links > 1) this.linked.saw(path, names.inode);
    const size = sizeOf(inode);
    return {
      kind: 'file',
      size,
      allocated: size,
      ...names,
      modifiedAt: inode.mtime,
      changedAt: inode.ctime,
    };
  }

  async listBelow(directory: RelPath, excludes: (path: RelPath, isDirectory: boolean) => boolean): Promise<RelPath[]> {
    const found: RelPath[] = [];
    for (const [path, inode] of this.#volume.walk(directory))
      if (path !== directory && !excludes(path, inode.type === 'directory')) found.push(path);
    return found;
  }

  linkNames(inodes: readonly string[]): Promise<Map<string, RelPath[]>> {
    return this.linked.namesOf(inodes);
  }

  async hasHardLinks(): Promise<boolean> {
    for (const [, inode] of this.#volume.walk()) if (inode.type !== 'directory' && linksOf(inode) > 1) return true;
    return false;
  }

  async *changedSince(since: number): AsyncGenerator<readonly ChangedFile[]> {
    const found: ChangedFile[] = [];
    for (const [path, inode] of this.#volume.walk()) {
      const counts = inode.type === 'file' || inode.type === 'symlink';
      if (counts && inode.ctime > Math.floor(since / 1_000) * 1_000) found.push({ path, changedAt: inode.ctime });
    }
    yield found;
  }

  async fingerprint(
    path: RelPath,
    options: Parameters<SourceView['fingerprint']>[1],
  ): Promise<EntryFingerprint | null> {
    return fingerprintOf(this.#volume, path, options.exclude);
  }

  #namesOf(path: RelPath): { readonly inode: string; readonly links: number } | undefined {
    const inode = this.#volume.get(path);
    const mayHave = inode?.type === 'file' || inode?.type === 'symlink';
    return mayHave ? { inode: keyOf(inode), links: linksOf(inode) } : undefined;
  }

  #search(inodes: readonly string[]): Map<string, FoundNames> {
    const found = new Map<string, FoundNames>();
    for (const [path, inode] of this.#volume.walk()) {
      const key = keyOf(inode);
      if (inode.type === 'directory' || !inodes.includes(key)) continue;
      const names = new Set([...(found.get(key)?.names ?? []), path]);
      found.set(key, { names, missing: linksOf(inode) - names.size });
    }
    return found;
  }

  #identify(): string {
    return keyOf(this.#volume.get('') as Inode);
  }
}

const keyOf = ({ device, id }: Inode): string => `${device}:${id}`;

/** Size, times and modes of an entry and all below it; no content. */
export function fingerprintOf(
  volume: Volume,
  path: RelPath,
  excludes: (path: RelPath, isDirectory: boolean) => boolean = () => false,
): EntryFingerprint | null {
  const inode = volume.get(path);
  if (inode === undefined) return null;
  const type = inode.type === 'fifo' || inode.type === 'socket' ? 'other' : inode.type;
  return { type, digest: lineOf(volume, path, inode, excludes) };
}

function lineOf(
  volume: Volume,
  path: RelPath,
  inode: Inode,
  excludes: (path: RelPath, isDirectory: boolean) => boolean,
): string {
  const own = `${inode.type} ${inode.type === 'symlink' ? inode.target : sizeOf(inode)} ${inode.mtime} ${inode.mode}`;
  if (inode.type !== 'directory') return own;
  const below = [...inode.children.keys()].sort().map((name) => {
    const at = joinPath(path, name);
    const child = volume.get(at);
    if (child === undefined || excludes(at, child.type === 'directory')) return '';
    return `${name}=${lineOf(volume, at, child, excludes)}`;
  });
  return `${own}{${below.join(',')}}`;
}
