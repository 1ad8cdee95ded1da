import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

const blockOf = (command: string): RegExp =>
  new RegExp(`(\`\`\`text\\n\\$ kubectl syncreplica ${command.replaceAll(/[^\w ]/g, '\\$&')}\\n)[\\s\\S]*?(\`\`\`)`);

/** The column AGE, after PENDING, differs from run to run; the ages of the stories are in whole minutes. */
const settle = (text: string): string => text.replaceAll(/(?<=\s\d+ {3,})(\d\ds|\ds ?)(?=\s)/g, '12s');

/**
 * What a verb printed is what the document shows of it. With UPDATE_CAPTURES=1 the document is written instead:
 * review what changed.
 */
export const matchCapture = (document: string, command: string, printed: string): void => {
  const text = readFileSync(document, 'utf8');
  const block = blockOf(command);
  const shown = `${settle(printed).trimEnd()}\n`;
  assert.match(text, block, `${document} shows no "kubectl syncreplica ${command}"`);
  const fresh = text.replace(block, (_, head: string, tail: string) => `${head}${shown}${tail}`);
  if (process.env.UPDATE_CAPTURES) writeFileSync(document, fresh);
  else assert.equal(text, fresh, `${document} is stale; run the test with UPDATE_CAPTURES=1`);
};
