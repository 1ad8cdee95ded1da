import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StartedProgram, startProgram } from '../../e2e/cluster/started-program.ts';
import type { AgentStatus } from '../../sidecar/protocol/agent-status.ts';
import { writeCertificateDirectories } from '../../src/cli/certificates/write-certificates.ts';
import { fetchStatus } from '../../src/cli/running/fetch-status.ts';

/** The demo's world: one source, two targets, each with a receiver of its own, and an agent. */
export interface Stage {
  readonly root: string;
  readonly source: string;
  readonly targets: readonly { readonly name: string; readonly directory: string }[];
  readonly statusUrl: string;
  status(): Promise<AgentStatus>;
  /** Ends the processes, the agent first: it sends what is pending. */
  stop(): Promise<void>;
}

const volume = 'demo';

/** A real directory to begin with: this checkout's own documents and sources, and packages it uses. */
const fillSource = (source: string): void => {
  mkdirSync(source, { recursive: true });
  for (const name of ['docs', 'src', 'sidecar', 'node_modules/yaml', 'node_modules/commander'])
    cpSync(name, join(source, name), { recursive: true, verbatimSymlinks: true });
};

/** Starts `syncreplica …` as a person would; Ctrl-C is for the demo, which ends it in its order. */
const startHalf = (args: readonly string[]): StartedProgram =>
  startProgram(process.execPath, ['bin/syncreplica.mjs', ...args], { ownGroup: true });

export const setStage = async (): Promise<Stage> => {
  const root = mkdtempSync(join(tmpdir(), 'syncreplica-demo-'));
  const source = join(root, 'source');
  fillSource(source);
  await writeCertificateDirectories(join(root, 'certs'), { hosts: ['127.0.0.1'], volumes: [volume] });
  const halves: StartedProgram[] = [];
  const stop = async (): Promise<void> => {
    for (const half of halves.splice(0).reverse()) await half.stop();
  };
  // Whatever ends the demo, nothing of it stays.
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  try {
    const urls: string[] = [];
    for (const name of ['near', 'far']) {
      const receiver = startHalf([
        ...['receiver', '--dir', join(root, name), '--listen', '127.0.0.1:0'],
        ...['--certs', join(root, 'certs/receiver'), '--volume', volume, '--metrics', 'off'],
      ]);
      halves.push(receiver);
      const { port } = await receiver.untilLogs('receiver ready');
      urls.push(`${name}=srep://127.0.0.1:${port}/${volume}`);
    }
    const agent = startHalf([
      ...['agent', '--source', source, '--certs', join(root, 'certs/agent'), '--metrics', '127.0.0.1:0'],
      ...['--state-dir', join(root, 'state'), ...urls.flatMap((url) => ['--target', url])],
    ]);
    halves.push(agent);
    const { port } = await agent.untilLogs('metrics and status are served');
    const statusUrl = `http://127.0.0.1:${port}`;
    return {
      root,
      source,
      targets: ['near', 'far'].map((name) => ({ name, directory: join(root, name, 'data') })),
      statusUrl,
      status: async () => (await fetchStatus(statusUrl)) as AgentStatus,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
