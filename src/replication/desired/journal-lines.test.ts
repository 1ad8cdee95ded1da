import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotations } from '../../api/names.ts';
import { parseReplicationSettings } from '../../api/settings/settings-schema.ts';
import { look, now, replicaOf, wellWorld } from '../decide/observed.fixture.ts';
import { journalLinesOf } from './journal-lines.ts';

const at = (ms: number): string => new Date(now.wallMs + ms).toISOString();
const hour = 3_600_000;

const table: readonly [string, Record<string, string>, object | undefined][] = [
  ['nobody asks', {}, undefined],
  ['for an hour', { [annotations.journalUntil]: at(hour) }, { untilMs: now.wallMs + hour }],
  ['it is over', { [annotations.journalUntil]: at(-1) }, undefined],
  ['for more than a day', { [annotations.journalUntil]: at(25 * hour) }, undefined],
  ['no time', { [annotations.journalUntil]: 'always' }, undefined],
  [
    'of some names',
    { [annotations.journalUntil]: at(hour), [annotations.journalPath]: '*.txt' },
    { untilMs: now.wallMs + hour, path: '*.txt' },
  ],
  [
    'of names that no pattern is',
    { [annotations.journalUntil]: at(hour), [annotations.journalPath]: 'a\nb' },
    undefined,
  ],
  ['a pattern alone', { [annotations.journalPath]: '*.txt' }, undefined],
];

for (const [name, asked, expected] of table)
  test(`${name}: ${expected === undefined ? 'no journal' : 'a journal'}`, () =>
    assert.deepEqual(journalLinesOf(asked, now.wallMs).journalLines, expected));

test('agents are told in settings that they take, and told anew when it is over', () => {
  const asked = replicaOf({}, { annotations: { [annotations.journalUntil]: at(hour) } });
  const settings = look(wellWorld({ replica: asked })).settings.get('uploads');
  assert.equal(settings?.journalLines?.untilMs, now.wallMs + hour);
  const problems = (given: unknown): readonly string[] => {
    const parsed = parseReplicationSettings(JSON.stringify({ ...settings, targets: [], journalLines: given }));
    return parsed.ok ? [] : parsed.problems.map(({ field }) => field);
  };
  assert.deepEqual(problems(settings?.journalLines), []);
  assert.deepEqual(problems({ untilMs: 'x' }), ['journalLines.untilMs']);
  const later = look(wellWorld({ replica: asked }), { ...now, wallMs: now.wallMs + 2 * hour }).settings.get('uploads');
  assert.equal(later?.journalLines, undefined);
});
