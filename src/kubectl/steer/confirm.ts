import { createInterface } from 'node:readline/promises';
import { Failure } from '../../process/failure.ts';
import type { Call } from '../verb.ts';

export interface Question {
  /** What is to be done, for who can't be asked. */
  readonly what: string;
  readonly question: string;
  /** What is said to who does not agree. */
  readonly otherwise: string;
}

/** Whether the person agrees, by `--yes` or when asked; who doesn't is told, and the exit code is 1. @throws Failure `NotConfirmed` */
export const agrees = async ({ options }: Call, { what, question, otherwise }: Question): Promise<boolean> => {
  if (options.yes || (await confirm(what, question))) return true;
  console.log(otherwise);
  process.exitCode = 1;
  return false;
};

/** Asks on the terminal. @throws Failure `NotConfirmed` where nobody can be asked */
const confirm = async (what: string, question: string): Promise<boolean> => {
  if (process.stdin.isTTY !== true)
    throw new Failure('NotConfirmed', `${what}: nobody can be asked here`, { hint: 'add --yes' });
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(question)).trim());
  } finally {
    lines.close();
  }
};
