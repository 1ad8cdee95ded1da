import type { CheckpointAnswer, CheckpointRequest } from '../../../../sidecar/protocol/past/preserve.ts';
import type { Random } from '../../../storm/random.ts';
import type { Volume } from '../volume.ts';
import type { ModelHistory } from './model-history.ts';

/** What a replica was at its checkpoints, as nobody but the simulation knows. */
export class ModelPast {
  readonly history: ModelHistory;
  readonly #data: Volume;
  readonly #trees = new Map<number, string>();
  /** Checkpoints that outlive a power cut; and of such those that were there when it came. */
  #durable: readonly number[] = [];
  #expected: readonly number[] = [];

  constructor(history: ModelHistory, data: Volume) {
    this.history = history;
    this.#data = data;
  }

  checkpoint(request: CheckpointRequest): CheckpointAnswer {
    const at = this.history.checkpoint(request);
    if (at !== undefined) this.#trees.set(at, describeTree(this.#data));
    return { made: at !== undefined };
  }

  sync(): void {
    this.history.sync();
    this.#durable = this.history.checkpoints();
  }

  cutPower(isAsSynced: boolean, random: Random): void {
    const there = new Set(this.history.checkpoints());
    this.#expected = this.#durable.filter((at) => there.has(at));
    this.history.cutPower(isAsSynced, random);
    this.doubt();
  }

  /** As a new process does. @returns how many checkpoints are gone that were durable */
  open(bootId: string): number {
    this.history.open(bootId);
    const there = new Set(this.history.checkpoints());
    const gone = this.#expected.filter((at) => !there.has(at)).length;
    this.#expected = [];
    return gone;
  }

  /** What came before may be incomplete, and its history says so. */
  doubt(): void {
    this.#trees.clear();
  }

  /** Back to one of its checkpoints. @returns what is not as it was then; undefined where there is no checkpoint */
  async rollBack(number: number): Promise<string | undefined> {
    const checkpoints = this.history.checkpoints();
    const at = checkpoints[number % checkpoints.length];
    if (at === undefined) return undefined;
    const { failed } = await this.history.rollBack(at);
    const tree = this.#trees.get(at);
    const expected = tree && this.#withoutShownTimes(tree);
    const now = this.#withoutShownTimes(describeTree(this.#data));
    if (expected === undefined || (expected === now && failed.length === 0)) return '';
    const [was, is] = [new Set(expected.split('\n')), new Set(now.split('\n'))];
    const lines = [
      ...[...was].filter((line) => !is.has(line)).map((line) => `was ${line}`),
      ...[...is].filter((line) => !was.has(line)).map((line) => `is ${line}`),
      ...failed.map(({ path, reason }) => `${path} failed: ${reason}`),
    ];
    return lines.join('; ');
  }

  /** Less the times of files that were given another one so that a comparison sees them. */
  #withoutShownTimes(tree: string): string {
    const { shown } = this.history.places;
    const isShown = (path: string): boolean => {
      const inode = this.#data.get(path);
      return inode !== undefined && shown.has(inode);
    };
    const lines = tree.split('\n');
    return lines
      .map((line) => (isShown(line.split(' ')[0] ?? '') ? line.replace(/ file (\d+) \d+/, ' file $1 *') : line))
      .join('\n');
  }
}

/** All that a history keeps, in one text: not the extended attributes of what is changed in place. */
function describeTree(volume: Volume): string {
  const first = new Map<object, string>();
  const lines: string[] = [];
  for (const [path, inode] of [...volume.walk()].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const known = first.get(inode);
    if (known === undefined) first.set(inode, path);
    const content = inode.type === 'file' ? inode.pieces.join() : inode.type === 'symlink' ? inode.target : '';
    const same = known === undefined ? '' : `same as ${known}`;
    lines.push(`${path} ${inode.type} ${inode.mode.toString(8)} ${inode.mtime} ${content} ${same}`.trimEnd());
  }
  return lines.join('\n');
}
