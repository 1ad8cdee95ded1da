import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReaderTree } from '../../src/api/reader-tree.ts';
import type { RelaySettings } from '../../src/api/settings/relay-settings.ts';
import { settingsDefaults } from '../../src/api/settings/settings-defaults.ts';
import { freePort } from '../network/free-port.ts';
import { type Child, startChild } from '../processes/child.ts';

const program = fileURLToPath(new URL('../../dist/syncreplica.js', import.meta.url));
const startMs = 600_000;
const volume = 'data';
/** Each node has an address of its own, by its number. */
const nodes = '127.0.2.';
const first = '127.0.3.1';

/** A source and the programs of as many nodes as there are copies, each a process of its own, as the operator starts them. */
export class Readers {
  readonly source: string;
  readonly #home: string;
  readonly #started: Child[] = [];

  constructor(home: string) {
    this.#home = home;
    this.source = join(home, 'source');
    mkdirSync(this.source);
    const certs = ['certs', '--out', this.#certs(), '--host', 'localhost', '--host', first, '--volume', volume];
    execFileSync(process.execPath, [program, ...certs], { stdio: 'ignore' });
  }

  /** @returns the source's agent, and where the copies are, the first one first */
  async start(tree: ReaderTree): Promise<{ readonly agent: Child; readonly copies: readonly string[] }> {
    const port = await freePort();
    const relay = join(this.#home, 'relay.json');
    writeFileSync(relay, JSON.stringify(this.#relay(tree, port)));
    const names = ['first', ...Array.from({ length: tree.replicas }, (_, ordinal) => `reader-${ordinal}`)];
    for (const name of names) {
      const host = name === 'first' ? first : `${nodes}${name.split('-')[1]}`;
      mkdirSync(this.#copy(name));
      const receiver = this.#start([
        ...['receiver', '--dir', this.#copy(name), '--certs', this.#certs('receiver'), '--volume', volume],
        ...['--fresh-for', '30s', '--relay', relay, '--relay-as', name],
        ...['--listen', `${host}:${port}`, '--metrics', 'off'],
      ]);
      await receiver.said(/receiver ready/, startMs);
    }
    const agent = this.#start([
      ...['agent', '--source', this.source, '--certs', this.#certs('agent')],
      ...['--target', `first=srep://${first}:${port}/${volume}`, '--metrics', 'off'],
      ...['--state-dir', join(this.#home, 'state')],
    ]);
    await agent.said(/agent is ready/, startMs);
    return { agent, copies: names.map((name) => join(this.#copy(name), 'data')) };
  }

  /** Of all programs. */
  get pids(): readonly number[] {
    return this.#started.map(({ pid }) => pid);
  }

  async stop(): Promise<void> {
    for (const child of this.#started.splice(0).reverse()) await child.stop();
  }

  #relay(tree: ReaderTree, port: number): RelaySettings {
    const read = (file: string): string => readFileSync(join(this.#certs('agent'), file), 'utf8');
    const tls = { ca: read('ca.crt'), cert: read('tls.crt'), key: read('tls.key'), servername: 'localhost' };
    const [username, password] = [read('username').trim(), read('password').trim()];
    return {
      tree,
      host: [nodes, ''],
      target: { port, volume, username, password, tls },
      settings: settingsDefaults as RelaySettings['settings'],
    };
  }

  #start(args: readonly string[]): Child {
    const child = startChild(process.execPath, [program, ...args]);
    this.#started.push(child);
    return child;
  }

  #copy(name: string): string {
    return join(this.#home, name);
  }

  #certs(side = ''): string {
    return join(this.#home, 'certs', side);
  }
}
