import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentSecretName, settingsKey } from '../../src/api/names.ts';
import { type StartedProgram, startProgram } from '../cluster/started-program.ts';
import { type DataPlane, onThisMachine, textsOf } from './data-plane.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const lookEveryMs = 200;

export interface AgentProcess {
  readonly program: StartedProgram;
  stop(): Promise<void>;
}

/**
 * The agent as its container runs it, with the files of its Secret as a kubelet keeps them. It is in a user namespace of its own: the
 * limits that `prepare` writes are its alone, and it can't read what belongs to a user who is not there.
 */
export const startAgentProcess = async (on: DataPlane, prepare: string): Promise<AgentProcess> => {
  const folder = join(on.folder, 'agent');
  mkdirSync(folder, { recursive: true });
  let isStopping = false;
  const written = new Map<string, string>();
  const mount = async (): Promise<void> => {
    const texts = (await textsOf(on, agentSecretName('uploads', 'uploads'))) ?? {};
    for (const [name, text] of Object.entries(texts)) {
      const here = name === settingsKey('uploads') ? JSON.stringify(onThisMachine(on, JSON.parse(text))) : text;
      if (written.get(name) === here) continue;
      const file = join(folder, name);
      writeFileSync(`${file}.new`, here);
      renameSync(`${file}.new`, file);
      written.set(name, here);
    }
  };
  const kubelet = async (): Promise<void> => {
    while (!isStopping) {
      await mount();
      await sleep(lookEveryMs);
    }
  };
  const keeping = kubelet();
  const words = [
    ...['agent', `--config=${join(folder, settingsKey('uploads'))}`, `--state-dir=${join(on.folder, 'state')}`],
    ...['--metrics=off', '--api=127.0.0.1:0', '--holder=web-1/1'],
  ];
  const program = startProgram('unshare', [
    ...['-Ur', 'sh', '-c', `${prepare}; exec "$@"`, 'sh', process.execPath, main, ...words],
  ]);
  return {
    program,
    async stop() {
      isStopping = true;
      await keeping;
      await program.stop(2_000);
    },
  };
};
