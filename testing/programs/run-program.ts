import { mkdirSync } from 'node:fs';
import { createRandom } from '../storm/random.ts';
import { programs } from './programs.ts';

/** `node testing/programs/run-program.ts NAME DIRECTORY SEED ROUNDS`: one of the programs by itself, such as in a pod. */
const [name = '', directory = '', seed = '1', rounds = '1'] = process.argv.slice(2);
const program = programs.find((one) => one.name === name);
if (program === undefined) throw new Error(`run program ${name}: there is none of this name`);
const why = program.missing?.();
if (why !== undefined) throw new Error(`run program ${name}: ${why}`);
mkdirSync(directory, { recursive: true });
await program.run({ directory, random: createRandom(Number(seed)), rounds: Number(rounds) });
