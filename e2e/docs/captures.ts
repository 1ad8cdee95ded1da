import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

const blockOf = (command: string): RegExp =>
  new RegExp(`(\`\`\`text\\n\\$ kubectl syncreplica ${command.replaceAll(/[^\w ]/g, '\\$&')}\\n)([\\s\\S]*?)(\`\`\`)`);

/** The column AGE, after PENDING, differs from run to run; the ages of the stories are in whole minutes. */
const settle = (text: string): string => text.replaceAll(/(?<=\s\d+ {3,})(\d\ds|\ds ?)(?=\s)/g, '12s');

/** On a busy machine a story is told a minute or more after it was made. */
const withoutMinutes = (text: string): string => text.replaceAll(/\b\d+m\b(?! \d)/g, 'some minutes');

/**
 * What a verb printed is what the document shows of it. With UPDATE_CAPTURES=1 the document is written instead:
 * review what changed.
 */
export const matchCapture = (document: string, command: string, printed: string): void => {
  const text = readFileSync(document, 'utf8');
  const block = blockOf(command);
  const shown = `${settle(printed).trimEnd()}\n`;
  const [, , before] = block.exec(text) ?? assert.fail(`${document} shows no "kubectl syncreplica ${command}"`);
  if (process.env.UPDATE_CAPTURES)
    writeFileSync(
      document,
      text.replace(block, (_, head: string, __, tail: string) => `${head}${shown}${tail}`),
    );
  else
    assert.equal(
      withoutMinutes(shown),
      withoutMinutes(before ?? ''),
      `${document} is stale; run the test with UPDATE_CAPTURES=1`,
    );
};
