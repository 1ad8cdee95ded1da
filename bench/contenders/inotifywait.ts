import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../child.ts';
import type { Contender, Running } from '../contender.ts';
import { ensurePackage } from '../packages.ts';
import { startRelay } from '../relay.ts';
import { startRsyncDaemon } from '../rsync-daemon.ts';

/** The script that everybody has written once: on any event, after a short lull, rsync everything. */
const script = `#!/bin/bash
rsync -aH --delete --modify-window=-1 --sockopts=TCP_NODELAY "$1/" "$2"
echo first pass done
inotifywait -m -r -q -e close_write,create,delete,move,attrib,modify --format . "$1" | while read -r _; do
  while read -r -t 0.02 _; do :; done
  rsync -aH --delete --modify-window=-1 --sockopts=TCP_NODELAY "$1/" "$2"
done
`;

export const inotifywait: Contender = {
  name: 'inotifywait + rsync',
  about: 'inotifywait -m -r in a pipe to a loop that runs rsync -aH --delete on the whole tree, to a plain daemon',
  watches: true,
  async missing() {
    return ensurePackage('inotifywait', 'inotify-tools');
  },
  async start({ directory, source, prefill, countBytes }): Promise<Running> {
    mkdirSync(directory, { recursive: true });
    const daemon = await startRsyncDaemon(directory);
    await prefill?.(daemon.target);
    const relay = countBytes ? await startRelay(daemon.port) : undefined;
    const file = join(directory, 'sync.sh');
    writeFileSync(file, script, { mode: 0o755 });
    const startedAt = performance.now();
    const child = startChild('bash', [file, source, daemon.url(relay?.port)]);
    const started = child.said(/first pass done/, 300_000);
    started.catch(() => {});
    return {
      target: daemon.target,
      watchers: [child.pid],
      startedAt,
      watchingMs: undefined,
      relay,
      nudge: async () => {},
      targetAway: () => daemon.stop(),
      targetBack: () => daemon.start(),
      settled: async () => {
        await started;
      },
      stop: async () => {
        await child.stop();
        await daemon.stop();
        await relay?.close();
      },
    };
  },
};
