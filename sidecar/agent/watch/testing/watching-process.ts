import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RawChange } from '../../changes/change.ts';
import type { ChangeSourceStats } from '../change-source.ts';
import { eventually } from './watched-tree.ts';

type Line = Partial<RawChange> & {
  readonly open?: ChangeSourceStats;
  readonly stats?: ChangeSourceStats;
  readonly lost?: string;
  readonly failed?: string;
  readonly ran?: number;
};

/** watch-and-print.ts in a process of its own, behind a wrapper such as `unshare` or `setpriv`. */
export class WatchingProcess implements AsyncDisposable {
  readonly lines: Line[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(wrapper: readonly string[], root: string, command: string) {
    const script = fileURLToPath(new URL('./watch-and-print.ts', import.meta.url));
    const [program = process.execPath, ...args] = [...wrapper, process.execPath, script, root, command];
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve));
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.lines.push(JSON.parse(line));
    });
  }

  get stats(): ChangeSourceStats | undefined {
    return this.lines.findLast((line) => line.stats !== undefined)?.stats;
  }

  until(what: string, isTrue: (line: Line) => boolean): Promise<void> {
    const explain = () => JSON.stringify(this.lines.filter(({ stats }) => stats === undefined).slice(-20));
    return eventually(what, () => this.lines.some(isTrue), explain);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }
}

/** Whether this machine lets us do that: namespaces and other users need rights a test run may lack. */
export const canRun = (program: string, ...args: readonly string[]): boolean => {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
