import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { calibrate } from './calibration/calibrate.ts';
import { simulate, writeFailure } from './history/simulate.ts';

const usage = `npm run simulate -- [--seeds N] [--steps M] [--from SEED] [--workers N]   random histories of the data plane on models
npm run simulate -- --near [--seeds N] [--from SEED]   histories like those that failed once, changed and joined
npm run simulate -- --calibrate         puts faults back, one at a time, and writes the table of docs/proof.md
npm run simulate -- --fault 'WORDS'     only those whose sentences hold these words, also of recorded histories, and prints a history`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20000' },
    steps: { type: 'string', default: '25' },
    from: { type: 'string' },
    near: { type: 'boolean', default: false },
    calibrate: { type: 'boolean', default: false },
    fault: { type: 'string' },
    help: { type: 'boolean', default: false },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});
const workers = Number(values.workers);
if (values.help) {
  console.log(usage);
  process.exit();
}

if (values.calibrate || values.fault !== undefined) process.exit((await calibrate(workers, values.fault)) ? 0 : 1);

const count = Number(values.seeds);
const from = Number(values.from ?? Date.now() % 2 ** 31);
const begun = performance.now();
const result = await simulate({
  from,
  count,
  steps: Number(values.steps),
  near: values.near,
  shrinks: true,
  workers,
  onProgress: (done) => process.stderr.write(`\r${done} of ${count}`),
});
const seconds = ((performance.now() - begun) / 1_000).toFixed(0);
const days = (result.simulatedMs / 86_400_000).toFixed(1);
process.stderr.write('\r');
console.log(`${result.histories} histories from seed ${from}, up to ${values.steps} steps each, in ${seconds} s`);
console.log(`${result.turns} turns of the scheduler, ${days} days of simulated time`);
console.log(`${result.states} situations, ${result.transitions} ways from one to another`);
if (result.failed !== undefined) {
  console.log(`FAILED\n${writeFailure(result.failed)}`);
  process.exitCode = 1;
}
