import { createInterface } from 'node:readline/promises';
import { Failure } from '../../process/failure.ts';

/** Asks on the terminal. @throws Failure `NotConfirmed` where nobody can be asked */
export const confirm = async (what: string, question: string): Promise<boolean> => {
  if (process.stdin.isTTY !== true)
    throw new Failure('NotConfirmed', `${what}: nobody can be asked here`, { hint: 'add --yes' });
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(question)).trim());
  } finally {
    lines.close();
  }
};
