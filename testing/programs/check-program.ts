import { programs } from './programs.ts';

/** `node testing/programs/check-program.ts NAME COPY`: looks at a copy as the program's user would. */
const [name = '', copy = ''] = process.argv.slice(2);
const program = programs.find((one) => one.name === name);
if (program === undefined) throw new Error(`check program ${name}: there is none of this name`);
program.check?.(copy);
