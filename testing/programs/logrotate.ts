import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { isInstalled } from './is-installed.ts';
import type { Program } from './program.ts';

interface Way {
  readonly rules: string;
  /** When its writer goes on in a new file: told by a script of logrotate, or some lines later, or never. */
  readonly reopens: 'at once' | 'late' | 'never';
}

const ways: Readonly<Record<string, Way>> = {
  create: { rules: 'create 0640\ncompress\ndelaycompress', reopens: 'late' },
  compress: { rules: 'create\ncompress', reopens: 'at once' },
  copytruncate: { rules: 'copytruncate', reopens: 'never' },
  'copytruncate-compress': { rules: 'copytruncate\ncompress', reopens: 'never' },
  copy: { rules: 'copy', reopens: 'never' },
  renamecopy: { rules: 'renamecopy\ncreate\nolddir old\ncreateolddir 0750', reopens: 'at once' },
  dateext: { rules: 'create\ndateext\ndateformat -%s', reopens: 'late' },
  nocreate: { rules: 'nocreate\nshred\ncompress', reopens: 'at once' },
};

/** The numbers that begin the lines. */
const numbersOf = (content: Buffer): number[] => {
  const lines = content.toString('latin1').split('\n');
  return lines.filter((line) => line !== '').map((line) => Number(line.slice(0, line.indexOf(' '))));
};

/** In a log's directory and those below it. */
const numbersBelow = (directory: string): Set<number> => {
  const files = fs.readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const contentOf = ({ parentPath, name }: fs.Dirent): Buffer => {
    const content = fs.readFileSync(join(parentPath, name));
    return name.endsWith('.gz') ? gunzipSync(content) : content;
  };
  return new Set(files.flatMap((file) => numbersOf(contentOf(file))));
};

/** logrotate itself in all its ways; its writers hear of it at once, later or never, as the way asks for. */
export const logrotateProgram: Program = {
  name: 'logrotate',
  expects: 'Of each log every line is there, whole, under the name that its way gave it, packed or not.',
  missing: () => (isInstalled('logrotate') ? undefined : 'logrotate is not installed'),
  async run({ directory, random, rounds, signal }) {
    const scratch = fs.mkdtempSync(join(tmpdir(), 'logrotate-'));
    const [rules, state] = [join(scratch, 'rules'), join(scratch, 'state')];
    const logOf = (way: string): string => join(directory, way, 'log');
    const blocks = Object.entries(ways).map(([way, { rules: of }]) => `${logOf(way)} {\nrotate 100\n${of}\n}\n`);
    fs.writeFileSync(rules, blocks.join(''), { mode: 0o644 });
    const logs = new Map<string, number>();
    for (const way of Object.keys(ways)) {
      fs.mkdirSync(join(directory, way), { recursive: true, mode: 0o755 });
      logs.set(way, fs.openSync(logOf(way), 'a'));
    }
    const reopen = (when: Way['reopens']): void => {
      for (const [way, { reopens }] of Object.entries(ways)) {
        if (reopens !== when) continue;
        fs.closeSync(logs.get(way) ?? -1);
        logs.set(way, fs.openSync(logOf(way), 'a'));
      }
    };
    let written = 0;
    const write = async (lines: number): Promise<void> => {
      for (let line = 0; line < lines; line += 1, written += 1) {
        const text = `${written} ${random.bytes(20 + random.below(60)).toString('hex')}\n`;
        for (const log of logs.values()) fs.writeSync(log, text);
        if (line % 7 === 0) await sleep(1);
      }
    };
    try {
      for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
        await write(30);
        execFileSync('logrotate', ['--force', '--state', state, rules], { stdio: ['ignore', 'ignore', 'pipe'] });
        reopen('at once');
        await write(5);
        reopen('late');
        // A name by the second is there once.
        await sleep(1_000);
      }
    } finally {
      for (const log of logs.values()) fs.closeSync(log);
      fs.rmSync(scratch, { recursive: true });
    }
  },
  check(copy) {
    const all = Object.keys(ways).map((way) => [way, numbersBelow(join(copy, way))] as const);
    const last = Math.max(...all.flatMap(([, numbers]) => [...numbers]));
    for (const [way, numbers] of all)
      for (let line = 0; line <= last; line += 1)
        if (!numbers.has(line)) throw new Error(`check logrotate: line ${line} of ${last} is lost by ${way}`);
  },
};
