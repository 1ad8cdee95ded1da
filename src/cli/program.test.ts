import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { verbs } from './cluster/kubectl-verbs.ts';
import { environmentName, flagName, optionKey, syncFlags } from './flags/sync-flags.ts';
import { makeProgram } from './program.ts';
import { exitCodeOf } from './report-failure.ts';

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
  'fill',
  'log',
  'watch',
  'history',
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

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const variables = ['SYNCREPLICA_MAX_DELAY', 'SYNCREPLICA_TARGET', 'SYNCREPLICA_EXCLUDE', 'SYNCREPLICA_ADOPT'];
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

test('a variable of a flag without a value is a switch: false is false', async () => {
  const given = async (text: string): Promise<unknown> => {
    process.env.SYNCREPLICA_ADOPT = text;
    return (await parse('agent', '--source', 'a')).adopt;
  };
  for (const text of ['true', 'TRUE', 'yes', 'on', '1']) assert.equal(await given(text), true, text);
  for (const text of ['false', 'False', 'no', 'off', '0', '', ' ']) assert.equal(await given(text), undefined, text);
  await assert.rejects(
    given('flase'),
    (error) => exitCodeOf(error) === 2 && /SYNCREPLICA_ADOPT=flase: write true or false/.test(String(error)),
  );
  process.env.SYNCREPLICA_ADOPT = 'false';
  assert.equal((await parse('agent', '--source', 'a', '--adopt')).adopt, true, 'a flag wins');
});

const commandsWithVariables: Readonly<Record<string, readonly string[]>> = {
  local: [],
  agent: [],
  receiver: [],
  certs: [],
  fill: [],
  log: [],
  watch: ['dir'],
  history: ['log'],
  ctl: ['sync'],
};
for (const [command, words] of Object.entries(commandsWithVariables))
  test(`every variable that the help of ${command} names is read by it`, async () => {
    const help = spawnSync(process.execPath, [main, command, '--help'], { encoding: 'utf8' }).stdout;
    const listed = [...help.matchAll(/\(env:\s+(\w+)\)/g)].map(([, name]) => name as string);
    assert.equal(listed.length, help.match(/\(env:/g)?.length, 'each is a name');
    assert.ok(listed.length > 0);
    for (const name of listed) process.env[name] = 'true';
    const options = await parse(command, ...words).finally(() => {
      for (const name of listed) delete process.env[name];
    });
    for (const name of listed) {
      const key = optionKey(`--${name.replace('SYNCREPLICA_', '').toLowerCase().replaceAll('_', '-')}`);
      assert.ok(isDeepStrictEqual([options[key]].flat().map(String), ['true']), `${name}: ${options[key]}`);
    }
  });

test('bash completes commands, flags and what is told to an agent', async () => {
  const script = spawnSync(process.execPath, [main, 'completion', 'bash'], { encoding: 'utf8' }).stdout;
  const complete = (...words: string[]): string[] => {
    const text = `${script}\nCOMP_WORDS=(syncreplica "$@"); COMP_CWORD=$#; _syncreplica; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync('bash', ['-c', text, 'bash', ...words], { encoding: 'utf8' });
    return stdout.trim().split('\n');
  };
  assert.deepEqual(complete('re'), ['receiver', 'release-finalizers', 'resume', 'release-deletes', 'report']);
  assert.deepEqual(complete('agent', '--take'), ['--take-over']);
  assert.deepEqual(complete('receiver', '--hosts'), ['--hosts-allow', '--hosts-deny']);
  assert.deepEqual(complete('ctl', 're'), ['reload', 'resume', 'release']);
  assert.deepEqual(complete('agent', '--source', ''), [''], 'left to the shell, which completes files');
});

const refused: readonly [string[], RegExp][] = [
  [['agent', '--foo'], /^unknown option '--foo'/],
  [['agnt'], /^unknown command 'agnt'/],
  [['status', 'name', 'extra'], /^too many arguments/],
  [['ctl', 'stop'], /'stop' is invalid for argument 'verb'. Allowed choices are reload, pause/],
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
