import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentStatus } from '../../sidecar/protocol/agent-status.ts';
import { type ReaderTree, readersFedBy } from '../../src/api/reader-tree.ts';
import { freePort } from '../network/free-port.ts';
import { type Child, startChild } from '../processes/child.ts';

const program = fileURLToPath(new URL('../../dist/syncreplica.js', import.meta.url));
const host = '127.0.0.1';
const startMs = 600_000;

interface Node {
  readonly directory: string;
  readonly port: number;
  readonly receiver: Child;
}

/** A source and the programs of as many nodes as there are copies, each a process of its own, as on machines of their own. */
export class Readers {
  readonly source: string;
  readonly #home: string;
  readonly #started: Child[] = [];

  constructor(home: string) {
    this.#home = home;
    this.source = join(home, 'source');
    mkdirSync(this.source);
    execFileSync(process.execPath, [program, 'certs', '--out', this.#certs(), '--host', host], { stdio: 'ignore' });
  }

  /** Receivers for the first copy and for the readers that it feeds, and agents wherever there is somebody to feed. */
  async start(tree: ReaderTree): Promise<{ readonly agent: Child; readonly copies: readonly string[] }> {
    const first = await this.#startNode('first');
    const readers: Node[] = [];
    for (let ordinal = 0; ordinal < tree.replicas; ordinal += 1)
      readers.push(await this.#startNode(`reader-${ordinal}`));
    for (const [ordinal, feeder] of [[undefined, first] as const, ...readers.entries()]) {
      const fed = readersFedBy(tree, ordinal).flatMap((reader) => readers[reader] ?? []);
      if (fed.length > 0) await this.#startAgent(join(feeder.directory, 'data'), fed, ['--relay']);
    }
    const agent = await this.#startAgent(this.source, [first], []);
    return { agent, copies: [first, ...readers].map(({ directory }) => join(directory, 'data')) };
  }

  async stop(): Promise<void> {
    for (const child of this.#started.splice(0).reverse()) await child.stop();
  }

  async #startNode(name: string): Promise<Node> {
    const directory = join(this.#home, name);
    mkdirSync(directory);
    const port = await freePort();
    const receiver = this.#start([
      ...['receiver', '--dir', directory, '--certs', this.#certs('receiver'), '--fresh-for', '30s'],
      ...['--listen', `${host}:${port}`, '--metrics', 'off'],
    ]);
    await receiver.said(/receiver ready/, startMs);
    return { directory, port, receiver };
  }

  async #startAgent(source: string, to: readonly Node[], flags: readonly string[]): Promise<Child> {
    const metrics = await freePort();
    const agent = this.#start([
      ...['agent', '--source', source, '--certs', this.#certs('agent'), ...flags],
      ...to.flatMap(({ directory, port }) => [
        '--target',
        `${directory.split('/').at(-1)}=srep://${host}:${port}/data`,
      ]),
      ...['--metrics', `${host}:${metrics}`, '--state-dir', join(this.#home, `state-${metrics}`)],
    ]);
    await agent.said(/agent is ready/, startMs);
    for (const until = performance.now() + startMs; performance.now() < until; ) {
      const answer = await fetch(`http://${host}:${metrics}/v1/status`);
      const { replicas } = (await answer.json()) as AgentStatus;
      if (replicas.every(({ initialPassDone, pending }) => initialPassDone && pending === 0)) return agent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`start agent of ${source}: its targets were not compared within ${startMs / 1_000} s`);
  }

  #start(args: readonly string[]): Child {
    const child = startChild(process.execPath, [program, ...args]);
    this.#started.push(child);
    return child;
  }

  #certs(side = ''): string {
    return join(this.#home, 'certs', side);
  }
}
