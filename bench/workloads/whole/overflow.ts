import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awaitIdentity } from '../../measure/await-identity.ts';
import { familyOf } from '../../measure/process-usage.ts';
import { differencesText, type Workload } from '../../workload.ts';

const queueLength = (): number => {
  try {
    return Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  } catch {
    return 16_384;
  }
};

/** The watcher is stopped while more happens than the kernel's queue holds, so that events are lost for certain. */
export const overflow: Workload = {
  name: 'overflow',
  title: 'The event queue overflows (the watcher is stopped meanwhile)',
  figures: [
    { key: 'identical', title: 'from its going on until the trees are identical', unit: 's', bar: '≤ 1.5 s' },
    { key: 'differences', title: 'differences left', unit: 'count', bar: '0' },
  ],
  async run({ start, source, contender }) {
    if (!contender.watches) return { identical: 'watches nothing', differences: 'watches nothing' };
    mkdirSync(join(source, 'd'));
    const running = await start();
    await running.settled();
    const before = await awaitIdentity(source, running.target, { timeoutMs: 30_000, xattrs: false });
    if (before.differences.length > 0) return { identical: differencesText(before.differences.length) };
    const stopped = familyOf(running.watchers);
    signalAll(stopped, 'SIGSTOP');
    const files = Math.ceil((queueLength() * 1.2) / 3);
    for (let i = 0; i < files; i += 1) writeFileSync(join(source, 'd', `f${i}`), `${i}`);
    signalAll(stopped, 'SIGCONT');
    const { ms, differences } = await awaitIdentity(source, running.target, { timeoutMs: 60_000, xattrs: false });
    return {
      identical: differences.length === 0 ? ms / 1000 : 'not within 60 s',
      differences: differences.length,
    };
  },
};

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // A helper that has ended by itself.
    }
  }
}
