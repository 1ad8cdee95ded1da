import type { TargetState } from '../../../../sidecar/agent/outline/claim.ts';
import type { OutlineEdges } from '../../../../sidecar/agent/outline/outline-edges.ts';
import type { TargetStates } from '../../../../sidecar/agent/outline/target-states.ts';
import type { StateVisitor } from '../../../../sidecar/agent/outline/walk-states.ts';
import type { Filter } from '../../../../sidecar/filter/filter.ts';
import type { TargetSettings } from '../../../../src/api/settings/replication-settings.ts';
import { at, type Looker } from '../../../../src/process/system/statx.ts';
import type { Random } from '../../../storm/random.ts';
import type { Life } from '../../world/life.ts';
import { happens, pause } from '../../world/streams.ts';
import type { DirectoryInode, Inode } from '../inode.ts';
import type { ModelSource } from '../model-source.ts';
import type { Volume } from '../volume.ts';

/** What an agent keeps for a restart; it outlives the process, not the pod. */
export class ModelState implements TargetStates {
  readonly outlines = new Map<string, Buffer>();
  readonly #targets = new Map<string, string>();

  read({ name }: TargetSettings): TargetState | undefined {
    const text = this.#targets.get(name);
    return text === undefined ? undefined : (JSON.parse(text) as TargetState);
  }

  write({ name }: TargetSettings, state: TargetState): void {
    this.#targets.set(name, JSON.stringify(state));
  }

  /** The highest sequence that any target has acknowledged. */
  get lastSequence(): number {
    const states = [...this.#targets.values()].map((text) => JSON.parse(text) as TargetState);
    return states.reduce((last, { position }) => Math.max(last, position?.sequence ?? 0), 0);
  }
}

export interface ModelOutlineWorld {
  readonly volume: Volume;
  readonly view: ModelSource;
  readonly state: ModelState;
  readonly random: Random;
  readonly life: Life;
}

/** What it says is written into it by who walks. */
export const makeModelLooker = (): Looker => ({ words: new Uint32Array(64), look: () => 0 });

const restMs = 4;
const writeMs = 20;

/** Outlines of a model volume; things happen between slices, and while one is written. */
export const outlineEdgesOf = ({ volume, view, state, random, life }: ModelOutlineWorld): OutlineEdges => ({
  makeLooker: makeModelLooker,
  walk: ({ filter }, looker, visitor) => walkVolume(volume, filter, looker, visitor),
  identify: () => ({ boot: view.boot(), root: view.identity, mounted: '' }),
  slice: () => () => happens(random, 5),
  rest: () => life.sleep(pause(random, restMs)),
  read: (id) => state.outlines.get(id),
  write: async (id, outline) => {
    await life.sleep(pause(random, writeMs));
    state.outlines.set(id, Buffer.concat(outline));
  },
  keepOnly: (ids) => {
    for (const id of [...state.outlines.keys()]) if (!ids.has(id)) state.outlines.delete(id);
  },
});

/** As `walkStates` goes through a directory tree. */
export function* walkVolume(
  volume: Volume,
  filter: Pick<Filter, 'canSkipDirectory'>,
  looker: Looker,
  visitor: StateVisitor,
): Generator<void> {
  const open = [''];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (path !== '' && !visitor.enter(path)) continue;
    const directory = volume.directory(path);
    if (path === '' && directory !== undefined) {
      tell(looker, directory);
      visitor.root();
      if (!visitor.enter('')) return;
    }
    if (directory !== undefined) yield* visitAll(directory, path, volume.device, looker, visitor, filter, open);
    if (directory === undefined) visitor.unreadable(path);
    else visitor.leave(path);
    yield;
  }
}

function* visitAll(
  directory: DirectoryInode,
  path: string,
  device: number,
  looker: Looker,
  visitor: StateVisitor,
  filter: Pick<Filter, 'canSkipDirectory'>,
  open: string[],
): Generator<void> {
  for (const name of [...directory.children.keys()]) {
    const inode = directory.children.get(name);
    if (inode === undefined) continue;
    tell(looker, inode);
    const isWanted = visitor.visit(Buffer.from(`${name}\0`, 'latin1'), 0, inode.device !== device);
    const below = path === '' ? name : `${path}/${name}`;
    if (isWanted && inode.type === 'directory' && !filter.canSkipDirectory(below)) open.push(below);
    yield;
  }
}

const typeBits = { directory: 0o040000, file: 0o100000, symlink: 0o120000, fifo: 0o010000, socket: 0o140000 } as const;

/** What statx(2) would say. */
function tell({ words }: Looker, { type, id, device, ctime }: Inode): void {
  words[at.mode] = typeBits[type];
  words[at.inode] = id;
  words[at.changeSeconds] = Math.floor(ctime / 1_000);
  words[at.changeNanoseconds] = (ctime % 1_000) * 1_000_000;
  words[at.deviceMajor] = device;
}
