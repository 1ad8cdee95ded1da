import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../contender.ts';
import { ensurePackage } from '../processes/packages.ts';
import { startToDaemon, startWatcher } from './daemon-contender.ts';

/** The script that everybody has written once: on any event, after a short lull, rsync everything. */
const script = `#!/bin/bash
send() { for to in "\${@:2}"; do rsync -aH --delete --modify-window=-1 --sockopts=TCP_NODELAY "$1/" "$to"; done; }
send "$@"
echo first pass done
inotifywait -m -r -q -e close_write,create,delete,move,attrib,modify --format . "$1" | while read -r _; do
  while read -r -t 0.02 _; do :; done
  send "$@"
done
`;

export const inotifywait: Contender = {
  name: 'inotifywait + rsync',
  about: 'inotifywait -m -r in a pipe to a loop that runs rsync -aH --delete on the whole tree, to a plain daemon',
  watches: true,
  async missing() {
    return ensurePackage('inotifywait', 'inotify-tools');
  },
  start: (setup) =>
    startToDaemon(setup, async (urls) => {
      const file = join(setup.directory, 'sync.sh');
      writeFileSync(file, script, { mode: 0o755 });
      return startWatcher('bash', [file, setup.source, ...urls], /first pass done/);
    }),
};
