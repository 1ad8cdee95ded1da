/**
 * Watches a directory by inotify in a process of its own (in a namespace, as another user), runs a shell command once
 * it is open, and prints JSON lines: {"open"}, changes, {"lost"}, {"ran"}, {"stats"} each second turn of the loop.
 * Ends when its stdin does. Usage: watch-and-print.ts ROOT COMMAND
 */
import { spawn } from 'node:child_process';
import { compileFilter } from '../../../filter/filter.ts';
import { MountsBelow } from '../../source/mounts-below.ts';
import { createInotifySource } from '../inotify/inotify.ts';

const [root = '', command = 'true'] = process.argv.slice(2);
const print = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
// As of when the agent adopts its root.
const mounts = new MountsBelow(root);
mounts.look();
const source = createInotifySource({
  root,
  filter: compileFilter({ include: [], exclude: [] }),
  events: ['Write', 'Create', 'Delete', 'Move', 'Attributes'],
  isInMount: (path) => mounts.covers(path),
  checkMs: 50,
});
try {
  await source.open({
    onChanges: (batch) => batch.forEach(print),
    onRootLost: (lost) => print({ lost }),
    onError: (error) => print({ error: error.message }),
  });
  print({ open: source.stats() });
  spawn('sh', ['-c', command], { cwd: '/', stdio: ['ignore', 2, 2] }).once('exit', (ran) => print({ ran }));
} catch (error) {
  print({ failed: (error as { code?: string }).code, hint: (error as { hint?: string }).hint });
}
const timer = setInterval(() => print({ stats: source.stats() }), 100);
process.stdin.resume().once('end', () => {
  clearInterval(timer);
  void source.close().then(() => process.exit(0));
});
