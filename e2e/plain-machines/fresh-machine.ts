import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hierarchies, makeCgroup, removeCgroup } from '../cluster/cgroups.ts';
import { type CommandResult, runCommand } from '../cluster/command.ts';
import { type StartedProgram, startProgram } from '../cluster/started-program.ts';
import { waitFor } from '../cluster/wait.ts';
import { ensureBaseSystem } from './base-system.ts';

/** A Debian with a systemd of its own, in namespaces of this machine; what was in it is gone afterwards. */
export interface FreshMachine extends AsyncDisposable {
  readonly pid: number;
  /** Where its files are for this process. */
  readonly root: string;
  /** Runs a script as a person at its prompt would, as root in /root. Throws where it fails. */
  run(script: string): Promise<string>;
  /** Starts a command that goes on; signals go to all of it, as a terminal sends them. */
  start(command: string): Promise<StartedProgram>;
}

const cgroupRoot = (): string => {
  const [, at] = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/self/mounts', 'utf8')) ?? [];
  if (at === undefined) throw new Error('boot a machine: no cgroup2 is mounted here');
  return at;
};

export const bootFreshMachine = async (name: string): Promise<FreshMachine> => {
  const base = await ensureBaseSystem(process.env);
  const folder = mkdtempSync(join(tmpdir(), `syncreplica-machine-${name}-`));
  const root = cgroupRoot();
  const hierarchies: Hierarchies = { version: 2, folders: [root], all: [root] };
  const cgroup = `syncreplica-machine-${process.pid}-${name}`;
  makeCgroup(cgroup, hierarchies);
  const boot = join(import.meta.dirname, 'boot.sh');
  const machine = startProgram('sh', [boot, base, folder, join(root, cgroup), name]);
  const end = async (): Promise<void> => {
    machine.signal('SIGKILL');
    await machine.ended;
    await removeCgroup(cgroup, hierarchies);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const pid = await waitForInit(machine);
    const enter = ['--target', String(pid), '--all', '--', 'setsid', 'env', '-i', 'HOME=/root', path, 'sh', '-c'];
    const inRoot = (script: string): string[] => [...enter, `cd /root && ${script}`];
    const run = async (script: string): Promise<string> => (await runIn(inRoot(script))).stdout;
    return {
      pid,
      root: `/proc/${pid}/root`,
      run,
      start: async (command) => {
        const program = startProgram('nsenter', inRoot(`echo "process $$" && exec ${command}`));
        const inside = (await program.untilSays(/^process \d+$/m)).split(' ')[1];
        const signal = async (which: string): Promise<void> => void (await run(`kill -${which} -${inside}`));
        return {
          ...program,
          signal: (which) => void signal(which.slice(3)),
          stop: async () => {
            await signal('TERM');
            return program.ended;
          },
        };
      },
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
};

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const runIn = (words: readonly string[]): Promise<CommandResult> =>
  runCommand('nsenter', words, { timeoutMs: 120_000 });

/** The process id of its init as the host sees it, once all that starts by itself has started. */
const waitForInit = async (machine: StartedProgram): Promise<number> => {
  let pid = 0;
  const isUp = async (): Promise<boolean> => {
    if (!machine.isRunning()) throw new Error(`boot a machine: ${machine.said()}`);
    pid = Number(readFileSync(`/proc/${machine.pid}/task/${machine.pid}/children`, 'utf8').split(' ')[0]);
    if (!pid || !readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('/lib/systemd/systemd')) return false;
    const { stdout } = await runCommand('nsenter', ['--target', `${pid}`, '--all', 'systemctl', 'is-system-running'], {
      okCodes: [0, 1],
    });
    return stdout.trim() === 'running';
  };
  await waitFor('systemd to be up', isUp, { timeoutMs: 120_000, everyMs: 200 });
  return pid;
};

/** A cable between two machines: each gets one address. */
export const connectMachines = async (
  one: FreshMachine,
  oneAddress: string,
  other: FreshMachine,
  otherAddress: string,
): Promise<void> => {
  const peer = ['peer', 'name', 'eth0', 'netns', String(other.pid)];
  await runCommand('ip', ['link', 'add', 'eth0', 'netns', String(one.pid), 'type', 'veth', ...peer]);
  for (const [machine, address] of [
    [one, oneAddress],
    [other, otherAddress],
  ] as const)
    await machine.run(`ip address add ${address}/24 dev eth0 && ip link set eth0 up`);
};
