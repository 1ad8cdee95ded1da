import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { verbs } from './kubectl-verbs.ts';
import { makeProgram } from './program.ts';
import { exitCodeOf } from './report-failure.ts';
import { environmentName, flagName, optionKey, syncFlags } from './sync-flags.ts';

let called: [string, Record<string, unknown>] | undefined;
const names = [
  'agent',
  'receiver',
  'local',
  'certs',
  'status',
  'operator',
  'release-finalizers',
  'ctl',
  'promote',
  'demote',
] as const;
const recorders = Object.fromEntries(
  names.map((name) => [
    name,
    async () => async (options: Record<string, unknown>) => {
      called = [name, options];
    },
  ]),
) as unknown as Parameters<typeof makeProgram>[1];

const parse = async (...argv: string[]): Promise<Record<string, unknown>> => {
  called = undefined;
  await makeProgram('1.2.3', recorders, verbs).run(argv);
  assert.ok(called, 'a command ran');
  return called[1];
};

const variables = ['SYNCREPLICA_MAX_DELAY', 'SYNCREPLICA_TARGET', 'SYNCREPLICA_EXCLUDE'];
afterEach(() => {
  for (const name of variables) delete process.env[name];
});

test('flags become options, repeated ones lists', async () => {
  const options = await parse(
    'agent',
    '--source',
    'a',
    '--target',
    'b',
    '--target=c',
    '--take-over',
    '--adopt',
    '--workers',
    '8',
  );
  assert.deepEqual(options, { source: 'a', target: ['b', 'c'], takeOver: true, adopt: true, workers: '8' });
});

test('the environment stands in for flags, with commas for lists, and flags win', async () => {
  process.env.SYNCREPLICA_MAX_DELAY = '2s';
  process.env.SYNCREPLICA_TARGET = 'srep://a/x,srep://b/x';
  process.env.SYNCREPLICA_EXCLUDE = '*.tmp';
  const options = await parse('agent', '--exclude', '*.bak');
  assert.deepEqual(options, { maxDelay: '2s', target: ['srep://a/x', 'srep://b/x'], exclude: ['*.bak'] });
});

const refused: readonly [string[], RegExp][] = [
  [['agent', '--foo'], /^unknown option '--foo'/],
  [['agnt'], /^unknown command 'agnt'/],
  [['status', 'name', 'extra'], /^too many arguments/],
  [['agent', '--source'], /^option '--source <dir>' argument missing/],
];
for (const [argv, message] of refused)
  test(`refuses ${argv.join(' ')} with 2`, async () => {
    await assert.rejects(
      () => makeProgram('1', recorders, verbs).run(argv),
      (error) => error instanceof UsageFailure && message.test(error.message) && exitCodeOf(error) === 2,
    );
  });

test('every sync setting is a flag, a variable and a field of its own', () => {
  for (const key of [flagName, environmentName, optionKey])
    assert.equal(new Set(syncFlags.map(({ flag }) => key(flag))).size, syncFlags.length);
  assert.equal(new Set(syncFlags.map(({ field }) => field)).size, syncFlags.length);
  assert.equal(environmentName('--full-pass-schedule <cron>'), 'SYNCREPLICA_FULL_PASS_SCHEDULE');
  assert.equal(environmentName('-f, --file <replica.yaml>'), 'SYNCREPLICA_FILE');
  assert.equal(optionKey('--full-pass-schedule <cron>'), 'fullPassSchedule');
});
