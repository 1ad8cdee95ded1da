#!/usr/bin/env -S node --max-semi-space-size=1
// Starts the built program; under a Node that is too old, the one that `npm ci` brought.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const oldestMajor = 24;
const program = new URL('../dist/syncreplica.js', import.meta.url);

const refuse = (message) => {
  console.error(`syncreplica: ${message}`);
  process.exit(2);
};

const runUnder = (node) => {
  const program = ['--max-semi-space-size=1', fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(node, program, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  // The child takes what a terminal or service manager sent to both of us, and this again, for one signal.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'])
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => refuse(`start ${node}: ${error.message}; run npm ci again`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
};

if (!existsSync(program)) refuse('it is not built; run npm ci, or npm run build');
else if (Number.parseInt(process.versions.node, 10) >= oldestMajor) {
  // Nobody is left to pass signals on once the launcher was killed.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
  await import(program.href);
} else {
  const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (existsSync(own)) runUnder(own);
  else refuse(`Node ${process.versions.node} is too old; install Node ${oldestMajor} or newer, or run npm ci`);
}
