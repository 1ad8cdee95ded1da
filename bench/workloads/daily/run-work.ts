import { once } from 'node:events';
import { dailyWorks } from './daily-works.ts';

/** Does one work once a line comes, and tells how long it took, ms: `node run-work.ts NAME SOURCE quick|whole`. */
const [name, source = '', size] = process.argv.slice(2);
const work = dailyWorks.find((one) => one.name === name);
if (work === undefined) throw new Error(`run work: there is no ${name}`);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const startedAt = performance.now();
await work.work(source, size === 'quick');
process.stdout.write(`${performance.now() - startedAt}\n`);
