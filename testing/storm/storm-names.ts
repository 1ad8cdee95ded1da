import type { Random } from './random.ts';

/** Names that break programs which take them for text, as binary strings. */
const awkwardNames = [
  '-rf',
  ' leading',
  'trailing ',
  'two\nlines',
  "quote'd",
  'double"quote',
  'back\\slash',
  '\xff\xfe\x80',
  'caf\xc3\xa9',
  'star*',
  '[set]',
  '?',
  '#hash',
  ';semi',
  '\x01control',
  '.hidden',
  '~backup',
];

let longTail = '';

/** A name for a new entry: mostly plain, now and then awkward or 255 bytes long. */
export function stormName(random: Random, count: number): string {
  const kind = random.below(20);
  if (kind === 0) return `${random.pick(awkwardNames)}${count}`;
  if (kind === 1) {
    longTail ||= 'x'.repeat(255);
    const head = `long-${count}-`;
    return head + longTail.slice(head.length);
  }
  return `n${count}`;
}
