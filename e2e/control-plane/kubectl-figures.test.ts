import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { tryCommand } from '../cluster/command.ts';
import { type StoriesPlane, startStories } from './start-stories.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const plugin = join(import.meta.dirname, '../../bin/kubectl-syncreplica.mjs');
const rounds = 5;
const limitMs = 500;

/** What is not well ends with 1. */
const notWell = new Set(['status', 'doctor']);

const verbs = [
  ['list'],
  ['status', 'uploads'],
  ['top'],
  ['events', 'uploads'],
  ['doctor', 'uploads'],
  ['pause', 'uploads'],
  ['resume', 'uploads'],
  ['sync', 'uploads'],
  ['log', 'uploads', '--for', '1m'],
] as const;

/** `0m0.123s` as bash's `times` writes it, in ms. */
const millisecondsOf = (text: string): number => {
  const [, minutes = '0', seconds = '0'] = /^(\d+)m([\d.]+)s$/.exec(text) ?? assert.fail(`no time: ${text}`);
  return Number(minutes) * 60_000 + Number(seconds) * 1_000;
};

describe('how long kubectl syncreplica takes to answer', { skip }, () => {
  let stories: StoriesPlane | undefined;
  let folder: string;
  let kubeconfig: string;
  before(async () => {
    stories = await startStories();
    ({ folder, kubeconfig } = stories);
  });
  after(() => stories?.stop());

  for (const verb of verbs)
    test(`${verb.join(' ')}: less than ${limitMs} ms of a processor, from its start to its end`, async () => {
      const walls: number[] = [];
      const processor: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const words = [process.execPath, plugin, ...verb, '-n', 'shop', '--kubeconfig', kubeconfig];
        // What the child of the shell took, whatever else this machine does.
        const script = '"$@" >"$OUT" 2>&1; echo "exit $?"; times';
        const begun = performance.now();
        const { stdout } = await tryCommand('bash', ['-c', script, 'bash', ...words], {
          env: { HOME: folder, OUT: join(folder, 'out') },
        });
        walls.push(performance.now() - begun);
        const [exit = '', , children = ''] = stdout.trim().split('\n');
        assert.equal(exit, `exit ${notWell.has(verb[0]) ? 1 : 0}`);
        processor.push(children.split(' ').reduce((sum, time) => sum + millisecondsOf(time), 0));
      }
      const [wall = 0, best = Infinity] = [Math.min(...walls), Math.min(...processor)];
      console.log(
        `kubectl syncreplica ${verb.join(' ')}: ${wall.toFixed(0)} ms, ${best.toFixed(0)} ms of a processor, the best of ${rounds}`,
      );
      assert.ok(best < limitMs, `${best} ms`);
    });
});
