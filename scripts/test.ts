import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureRsync } from './install/ensure-rsync.ts';

/**
 * `npm test [-- FILE… | --test-name-pattern=…]`: the tests beside the code, with what they need. Two files at a time:
 * they run real daemons and watch real directories, and a time-out must mean that something hangs.
 */
if (!ensureRsync()) process.exit(1);

const everywhere = ['src', 'sidecar', 'testing', 'scripts', 'bench', 'e2e/docs'].map((room) => `${room}/**/*.test.ts`);
const given = process.argv.slice(2);
const files = given.filter((argument) => !argument.startsWith('--'));
const flags = given.filter((argument) => argument.startsWith('--'));

// Some four hundred files, and the programs that they start, load much the same code.
const compiled =
  process.env.NODE_COMPILE_CACHE ?? fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url));

const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-concurrency=2',
    // It counts for a whole file too.
    '--test-timeout=1800000',
    '--test-reporter=spec',
    ...flags,
    ...(files.length > 0 ? files : everywhere),
  ],
  { stdio: 'inherit', env: { ...process.env, NODE_COMPILE_CACHE: compiled } },
);
process.exit(status ?? 1);
