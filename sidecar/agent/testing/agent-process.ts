import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LockTable } from '../../../src/api/lock-table.ts';
import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import type { AgentStatus } from '../../protocol/agent-status.ts';
import type { AgentOptions } from '../main.ts';
import type { Question } from './agent-main.ts';

type Asked = Question extends infer Q ? (Q extends Question ? Omit<Q, 'id'> : never) : never;

/** An agent in a process of its own, to be killed, paused, or run as another user behind a wrapper such as `setpriv`. */
export class AgentProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #ended: Promise<unknown[]>;
  #lastId = 0;

  private constructor(wrapper: readonly string[]) {
    const script = fileURLToPath(new URL('./agent-main.ts', import.meta.url));
    const [program = process.execPath, ...args] = [...wrapper, process.execPath, script];
    this.#child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#ended = once(this.#child, 'exit');
    this.#child.on('message', ({ id, value, error }: { id: number; value: unknown; error?: string }) => {
      const asked = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) asked?.resolve(value);
      else asked?.reject(new Error(error));
    });
    this.#child.on('error', () => {});
    void this.#ended.then(() => {
      for (const asked of this.#waiting.values()) asked.reject(new Error('ask agent: its process has ended'));
    });
  }

  static async start(options: Omit<AgentOptions, 'logger'>, wrapper: readonly string[] = []): Promise<AgentProcess> {
    const agent = new AgentProcess(wrapper);
    await agent.#ask({ kind: 'start', options });
    return agent;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async status(): Promise<AgentStatus> {
    return (await this.#ask({ kind: 'status' })) as AgentStatus;
  }

  /** Who holds what, who waits for whom, what is under way. */
  async locks(): Promise<readonly LockTable[]> {
    return (await this.#ask({ kind: 'locks' })) as readonly LockTable[];
  }

  async update(settings: ReplicationSettings): Promise<void> {
    await this.#ask({ kind: 'update', settings });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal and waits until the process is gone; answers its exit code or the signal. */
  async end(signal: NodeJS.Signals): Promise<unknown> {
    this.signal(signal);
    const [code, by] = await this.#ended;
    return by ?? code;
  }

  #ask(question: Asked): Promise<unknown> {
    const id = ++this.#lastId;
    const asked = Promise.withResolvers<unknown>();
    this.#waiting.set(id, asked);
    this.#child.send({ ...question, id } as Question, (error) => {
      if (error !== null) asked.reject(error);
    });
    return asked.promise;
  }
}
