import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../measure/machine.ts';
import { type LimitedAgent, type Place, startLimitedAgent, startPlace } from './limited-agent.ts';

export interface MillionOptions {
  readonly files: number;
  readonly memoryMiB: number;
  readonly directory: string;
}

/** What happens to a tree of very many files, and is worked through within a limit of memory. */
interface Story {
  readonly title: string;
  /** While no agent runs. */
  readonly before?: (place: Place) => void;
  /** While it watches and all is in sync. */
  readonly during?: (place: Place) => void;
}

const filesInOne = 100;

const stories: Readonly<Record<string, Story>> = {
  start: { title: 'start, all at the target already' },
  group: {
    title: 'all had another group set while the agent was away (a volume with `fsGroup`)',
    before: ({ source }) => void execFileSync('chgrp', ['-R', '2000', source]),
  },
  rewritten: {
    title: 'all rewritten while the agent was away, with their times as they were',
    before: ({ source }) =>
      void execFileSync('find', [source, '-type', 'f', '-exec', 'sh', '-c', rewrite, 'sh', '{}', '+']),
  },
  modes: {
    title: '`chmod -R` of all while it watches',
    during: ({ source }) => void execFileSync('chmod', ['-R', 'g+w', source]),
  },
  removed: {
    title: 'all but a hundredth removed while it watches',
    during: ({ source }) =>
      void execFileSync('rm', [
        '-rf',
        ...readdirSync(source)
          .slice(1)
          .map((name) => join(source, name)),
      ]),
  },
};
export const storyNames = Object.keys(stories);

/** What a program does that keeps times on purpose. */
const rewrite = 'for f do printf x >"$f"; done; touch -d @1700000000 "$@"';

/** Memory and processor time of an agent over very many files, as a Markdown table. @param only names of stories; none for all */
export const measureMillion = async (
  { files, memoryMiB, directory }: MillionOptions,
  only: readonly string[],
): Promise<string> => {
  const machine = describeMachine(directory);
  const home = mkdtempSync(join(directory, 'syncreplica-million-'));
  const rows: string[] = [];
  const place = await startPlace(home, (source) => fill(source, files));
  try {
    for (const [name, story] of Object.entries(stories)) {
      if (only.length > 0 && !only.includes(name)) continue;
      const row = await tell(story, place, memoryMiB);
      console.log(`${name}: ${row}`);
      rows.push(`| ${story.title} | ${row} |`);
    }
  } finally {
    await place.stop();
    rmSync(home, { recursive: true, force: true });
  }
  return [
    `${files.toLocaleString('en')} files in ${Math.ceil(files / filesInOne).toLocaleString('en')} directories; the agent with its helpers in a cgroup of ${memoryMiB} MiB:`,
    '',
    '| work | watching after | in sync after | most resident (bar: ≤ 200 MiB) | the cgroup at its highest | killed | processor time: agent, receiver |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
    ...machine.slice(0, 2).map((line) => `- ${line}`),
  ].join('\n');
};

const tell = async ({ before, during }: Story, place: Place, memoryMiB: number): Promise<string> => {
  before?.(place);
  const agent = await startLimitedAgent(place, memoryMiB);
  try {
    let from = performance.now();
    const start = await agent.untilInSync();
    if (during) {
      agent.forgetPeaks();
      from = performance.now();
      during(place);
      await agent.untilInSync();
    }
    if (countEntries(place.source) !== countEntries(place.target))
      throw new Error('it said in sync, and the trees differ');
    return describe(agent, start.watchingMs, performance.now() - from);
  } finally {
    await agent.stop();
  }
};

const describe = (agent: LimitedAgent, watchingMs: number, inSyncMs: number): string => {
  const { residentMiB, groupMiB, kills, processorSeconds } = agent.figures();
  const seconds = processorSeconds.map((value) => value.toFixed(1)).join(' s, ');
  return [
    `${(watchingMs / 1_000).toFixed(1)} s`,
    `${(inSyncMs / 1_000).toFixed(1)} s`,
    `${residentMiB.toFixed(0)} MiB`,
    groupMiB === undefined ? 'no limit' : `${groupMiB.toFixed(0)} MiB`,
    `${kills} times`,
    `${seconds} s`,
  ].join(' | ');
};

const countEntries = (directory: string): number =>
  execFileSync('find', [directory, '-printf', 'x'], { maxBuffer: 2 ** 26 }).length;

const fill = (source: string, files: number): void => {
  for (let made = 0; made < files; made += filesInOne) {
    const directory = join(source, `a${Math.floor(made / filesInOne / 100)}`, `d${(made / filesInOne) % 100}`);
    mkdirSync(directory, { recursive: true });
    for (let n = made; n < Math.min(files, made + filesInOne); n += 1)
      closeSync(openSync(join(directory, `file-${n}`), 'w'));
  }
};
