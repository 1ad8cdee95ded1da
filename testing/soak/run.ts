import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureRsync } from '../../scripts/install/ensure-rsync.ts';
import type { Program } from '../programs/program.ts';
import { programs } from '../programs/programs.ts';
import { faults } from './faults.ts';
import { LastingWorld } from './lasting-world.ts';
import { runRound } from './round.ts';
import type { RoundOutcome } from './round-options.ts';
import { RoundRecord } from './round-record.ts';
import { makeClocksSettable } from './set-clock.ts';
import type { SoakWorld } from './soak-world.ts';
import { startSpinners } from './spinners.ts';

/**
 * `npm run soak -- [--minutes N] [--load K] [--seed S] [--program NAME] [--fault WORDS]`: rounds of a storm and a program
 * with faults on agent and receiver, beside K processes that spin; exit code 1 when one round failed. What it found is kept.
 * `-- --storms`: storms alone, one after the other on an agent that works for many of them.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    load: { type: 'string', default: '4' },
    seed: { type: 'string' },
    program: { type: 'string' },
    fault: { type: 'string' },
    rounds: { type: 'string' },
    storms: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    keep: { type: 'string', default: 'soak-failures' },
  },
});
const mark = 'SYNCREPLICA_SOAK_MOUNTS';

/** Once more in a mount namespace of its own, where it may have disks that fill. */
function runWithOwnMounts(): void {
  if (process.env[mark] !== undefined || process.getuid?.() !== 0) return;
  const args = ['--mount', '--', process.execPath, ...process.argv.slice(1)];
  const ended = spawnSync('unshare', args, { stdio: 'inherit', env: { ...process.env, [mark]: '1' } });
  process.exit(ended.status ?? 1);
}

function describe(outcome: RoundOutcome): string {
  const { steps, faults, asked, saidInSync, claims, restedMs, rests, found, failures } = outcome;
  const said = `said in sync ${saidInSync} of ${asked} times`;
  const end = failures.length === 0 ? 'equal' : `FAILED ${failures.length} times`;
  const looked = `${rests} rests of work, ${found} differences found`;
  const trusted = claims === 0 ? '' : `, ${claims} restarts that knew where to look`;
  return `${steps} steps, ${faults} faults${trusted}, ${said}, ${looked}, at rest after ${(restedMs / 1000).toFixed(1)} s: ${end}`;
}

const possible = programs.filter(({ name, missing }) => {
  const why = missing?.();
  if (why !== undefined) console.log(`${name} is left out: ${why}`);
  return why === undefined && (values.program === undefined || name === values.program);
});

if (values.program !== undefined && possible.length === 0)
  throw new Error(`run soak: no program ${values.program} can run here`);
/** All, or those with these words in their names. */
const chosen = faults.filter(({ name }) => name.includes(values.fault ?? ''));
if (chosen.length === 0) throw new Error(`run soak: no fault has ${values.fault} in its name`);

/** By the seed, so that a round can be had once more. What programs write through mappings is not for those that trust times soon. */
const trusts = (seed: number): boolean => !values.storms && values.program === undefined && seed % 4 === 0;
const programOf = (seed: number): Program | undefined =>
  values.storms || trusts(seed) ? undefined : possible[seed % possible.length];

async function soak(): Promise<boolean> {
  const load = Number(values.load);
  const hasDisk = process.env[mark] !== undefined;
  if (!hasDisk)
    console.log('what needs disks of its own, such as a full one, is left out: it takes the right to mount');
  const firstSeed = values.seed === undefined ? randomInt(2 ** 30) : Number(values.seed);
  const until = performance.now() + Number(values.minutes) * 60_000;
  const spinners = startSpinners(load);
  const forgetClocks = makeClocksSettable();
  const seconds = Number(values.seconds ?? (values.storms ? 3 : 15));
  await using lasting = new LastingWorld();
  let failed = 0;
  let done = 0;
  for (; values.rounds === undefined ? performance.now() < until : done < Number(values.rounds); done += 1) {
    const seed = firstSeed + done;
    const record = new RoundRecord();
    const directory = join(values.keep, `${seed}`);
    const keep = ({ world }: SoakWorld): void => {
      mkdirSync(directory, { recursive: true });
      for (const [tree, name] of [
        [world.source, 'source'],
        [world.data, 'target'],
      ] as const)
        execFileSync('cp', ['-a', tree, join(directory, name)]);
    };
    const times = { durationMs: seconds * 1000, restMs: 60_000 * (1 + load / 2) };
    const program = programOf(seed);
    const options = { seed, program, hasDisk, trusts: trusts(seed), faults: values.storms ? [] : chosen, ...times };
    const outcome = await (values.storms ? lasting.runRound(options, record, keep) : runRound(options, record, keep));
    console.log(`round ${done + 1}, --seed ${seed}, ${program?.name ?? 'no program'}: ${describe(outcome)}`);
    if (outcome.failures.length === 0) {
      if (outcome.isSlow) console.log(`  slow; what it waited for: ${record.keep(directory)}`);
      continue;
    }
    failed += 1;
    for (const failure of outcome.failures.slice(0, 5)) console.log(`  ${failure.slice(0, 1_500)}`);
    console.log(`  kept: ${record.keep(directory)}, both trees beside it`);
    const once = ['--seed', seed, '--rounds', 1, '--load', load, '--seconds', seconds];
    if (values.storms) once.push('--storms');
    for (const name of ['program', 'fault'] as const)
      if (values[name] !== undefined) once.push(`--${name}`, `'${values[name]}'`);
    console.log(`  once more: npm run soak -- ${once.join(' ')}`);
  }
  spinners.stop();
  forgetClocks();
  console.log(`${done} rounds, ${failed} failed`);
  return failed === 0;
}

if (!ensureRsync()) process.exit(1);
runWithOwnMounts();
process.exit((await soak()) ? 0 : 1);
