import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { HookSettings } from '../../../src/api/settings/replication-settings.ts';
import { ControlFailure } from '../../protocol/connection/control-connection.ts';
import { type Replica, startReplica, waitFor } from '../testing/agent-fixture.ts';
import { AgentProcess } from '../testing/agent-process.ts';
import { writeLines } from './write-lines.ts';

interface Told {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Service {
  readonly url: string;
  readonly told: Told[];
  /** Of every event, in order, `OPERATION path`. */
  words(): string[];
  answer: number | 'nothing';
}

/** A real server; `seen` is called with each request before it is answered. */
async function startService(t: TestContext, seen: (told: Told) => void = () => {}): Promise<Service> {
  const service: { answer: number | 'nothing'; told: Told[] } = { answer: 200, told: [] };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const told = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
    service.told.push(told);
    seen(told);
    if (service.answer !== 'nothing') response.writeHead(service.answer).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(service, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    words: () => service.told.flatMap(({ body }) => wordsOf(body)),
  });
}

const wordsOf = (body: string): string[] =>
  (JSON.parse(body).events as { operation: string; path: string }[]).map(
    ({ operation, path }) => `${operation} ${path}`,
  );

const hook = (call: HookSettings['call'], more: Partial<HookSettings> = {}): HookSettings => ({
  name: 'tell',
  paths: [],
  operations: ['Write', 'Create', 'Delete', 'Move'],
  targets: [],
  debounceMs: 0,
  batchSize: 10,
  call,
  ...more,
});
const http = (url: string): HookSettings['call'] => ({
  kind: 'http',
  url,
  method: 'POST',
  headers: { authorization: 'Bearer s3cret' },
  timeoutMs: 10_000,
});

const withHooks = async (t: TestContext, hooks: readonly HookSettings[]): Promise<Replica> => {
  const replica = await startReplica({ settings: { hooks } });
  t.after(() => replica.close());
  await replica.settled();
  return replica;
};

test('a hook is told once the change is on the target, with what it asked for and nothing else', async (t) => {
  const contents: string[] = [];
  let data = '';
  const service = await startService(t, ({ body }) => {
    if (body.includes('"Create"')) contents.push(readFileSync(join(data, 'a.jpg'), 'utf8'));
  });
  const replica = await withHooks(t, [hook(http(`${service.url}/purge/{target}`), { paths: ['*.jpg'] })]);
  data = replica.data;
  const at = (name: string): string => join(replica.source, name);
  writeFileSync(at('a.jpg'), 'picture');
  writeFileSync(at('a.txt'), 'text');
  await waitFor('the first', () => service.words().includes('Create a.jpg'));
  assert.deepEqual(contents, ['picture']);
  renameSync(at('a.jpg'), at('b.jpg'));
  await waitFor('the move', () => service.words().includes('Move b.jpg'));
  rmSync(at('b.jpg'));
  await waitFor('the deletion', () => service.words().includes('Delete b.jpg'));
  assert.equal(existsSync(join(data, 'b.jpg')), false);
  assert.deepEqual(service.words(), ['Create a.jpg', 'Move b.jpg', 'Delete b.jpg']);
  const [{ method, url, headers, body } = assert.fail()] = service.told;
  const told = Date.parse(JSON.parse(body).events[0].time);
  assert.ok(Math.abs(Date.now() - told) < 600_000, `${told} is the time of the change`);
  assert.deepEqual([method, url, headers.authorization], ['POST', '/purge/dr', 'Bearer s3cret']);
});

test('one that does not answer is told again, in order, and holds up nothing', async (t) => {
  const service = await startService(t);
  service.answer = 503;
  const replica = await withHooks(t, [hook(http(service.url), { batchSize: 1 })]);
  writeFileSync(join(replica.source, 'one'), '1');
  await waitFor('the refusal', () => service.told.length > 0);
  for (let n = 0; n < 20; n++) writeFileSync(join(replica.source, `n${n}`), `${n}`);
  await replica.assertEqual();
  await waitFor('the status to say so', () => replica.agent.status().degraded.length > 0);
  const [degraded] = replica.agent.status().degraded;
  assert.equal(degraded?.reason, 'HookFailing');
  assert.match(degraded?.message ?? '', /the hook tell is not taken for dr: it answered 503/);
  service.answer = 200;
  await waitFor('all', () => new Set(service.words()).size === 21);
  const firsts = [...new Set(service.words())];
  assert.deepEqual(
    firsts,
    ['one', ...Array.from({ length: 20 }, (_, n) => `n${n}`)].map((name) => `Create ${name}`),
  );
  await waitFor('the status to be well', () => replica.agent.status().degraded.length === 0);
});

test('a hook that is added, changed and taken away counts at once; what a new target gets at first is no change', async (t) => {
  const service = await startService(t);
  const replica = await startReplica({ prepare: (source) => writeFileSync(join(source, 'was there'), 'x') });
  t.after(() => replica.close());
  await replica.settled();
  const { agent, settings, source } = replica;
  await agent.update({ ...settings, generation: 2, hooks: [hook(http(service.url))] });
  writeFileSync(join(source, 'told'), 'x');
  await waitFor('it', () => service.words().length > 0);
  await agent.update({ ...settings, generation: 3 });
  writeFileSync(join(source, 'not told'), 'x');
  await replica.assertEqual();
  await agent.update({ ...settings, generation: 4, hooks: [hook(http(service.url))] });
  writeFileSync(join(source, 'told too'), 'x');
  await waitFor('the other', () => service.words().length > 1);
  assert.deepEqual(service.words(), ['Create told', 'Create told too']);
});

test('killed between the arrival and the call, the next start makes it; and what a comparison finds is told too', async (t) => {
  const service = await startService(t);
  service.answer = 'nothing';
  const replica = await startReplica();
  t.after(() => replica.close());
  await replica.settled();
  const { settings, source, data, base } = replica;
  await replica.agent.update({ ...settings, generation: 2, targets: [] });
  const options = {
    settings: { ...settings, hooks: [hook(http(service.url))] },
    stateDir: join(base, 'own-state'),
    takeOver: true,
  };
  const first = await AgentProcess.start(options);
  t.after(() => first.end('SIGKILL'));
  await waitFor('the watch', async () => (await first.status()).phase === 'Watching');
  writeFileSync(join(source, 'arrives'), 'x');
  await waitFor('the call', () => service.told.length > 0);
  assert.ok(existsSync(join(data, 'arrives')));
  writeFileSync(join(source, 'waits behind it'), 'x');
  await waitFor('the second', () => existsSync(join(data, 'waits behind it')));
  await first.end('SIGKILL');
  writeFileSync(join(source, 'while nobody looked'), 'x');
  service.told.length = 0;
  service.answer = 200;
  const second = await AgentProcess.start(options);
  t.after(() => second.end('SIGKILL'));
  await waitFor('all three', () => new Set(service.words()).size === 3);
  const names = new Set(service.words().map((words) => words.replace(/^\S+ /, '')));
  assert.deepEqual(names, new Set(['arrives', 'waits behind it', 'while nobody looked']));
});

test('a program gets the paths on its standard input, whole, and again until it ends with 0', async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  await replica.settled();
  const { agent, settings, source, base } = replica;
  const program = join(base, 'program');
  const out = join(base, 'out');
  writeFileSync(
    program,
    `#!/bin/sh\n[ -e "$1/fail" ] && rm "$1/fail" && exit 3\ncat >>"$1/out"; printf '%s %s;' "$SYNCREPLICA_HOOK" "$SYNCREPLICA_TARGET" >>"$1/names"\n`,
  );
  chmodSync(program, 0o755);
  writeFileSync(join(base, 'fail'), '');
  const call = { kind: 'command', argv: [program, base] } as const;
  await agent.update({ ...settings, generation: 2, hooks: [hook(call, { operations: ['Write'] })] });
  mkdirSync(join(source, 'a b'));
  writeFileSync(Buffer.concat([Buffer.from(`${source}/a b/`), Buffer.from('\xff $(x)\n', 'latin1')]), 'x');
  await waitFor('it', () => existsSync(out) && readFileSync(out, 'latin1').includes('\xff'));
  const paths = readFileSync(out, 'latin1').split('\0');
  assert.ok(paths.includes('a b/\xff $(x)\n'), JSON.stringify(paths));
  await waitFor(
    'its end',
    () => existsSync(join(base, 'names')) && readFileSync(join(base, 'names'), 'utf8').includes(';'),
  );
  assert.equal(readFileSync(join(base, 'names'), 'utf8').split(';')[0], 'tell dr');
  assert.equal(existsSync(join(base, 'fail')), false, 'the first try failed');
});

test('a deletion that is held is not told before it is made', async (t) => {
  const service = await startService(t);
  const replica = await withHooks(t, [hook(http(service.url), { operations: ['Delete'] })]);
  const { agent, settings, source, data } = replica;
  for (let n = 0; n < 10; n++) writeFileSync(join(source, `n${n}`), 'x');
  await replica.assertEqual();
  await agent.update({ ...settings, generation: 2, targets: [] });
  for (let n = 0; n < 10; n++) rmSync(join(source, `n${n}`));
  const options = {
    settings: { ...settings, generation: 2 },
    stateDir: join(replica.base, 'own-state'),
    takeOver: true,
  };
  const later = await AgentProcess.start(options);
  t.after(() => later.end('SIGKILL'));
  const heldId = async () => (await later.status()).replicas[0]?.heldDeletes?.id;
  await waitFor('the hold', async () => (await heldId()) !== undefined);
  writeFileSync(join(source, 'arrives'), 'x');
  await waitFor('what goes on', () => existsSync(join(data, 'arrives')));
  assert.deepEqual(service.words(), []);
  const releaseDeletes = (await heldId()) as string;
  await later.update({ ...options.settings, generation: 3, requests: { releaseDeletes } });
  await waitFor('all of it', () => new Set(service.words()).size === 10);
  assert.equal(existsSync(join(data, 'n0')), false);
});

test('a hook of the kind file leaves a line for each event beside the replica, names of any bytes whole', async (t) => {
  const replica = await withHooks(t, [
    hook({ kind: 'file', maxBytes: 4_096, keep: 2 }, { name: 'lines', batchSize: 1 }),
  ]);
  const { source, data } = replica;
  const file = join(data, '../.syncreplica/hooks/lines.jsonl');
  // What has no end yet is no line.
  const read = () =>
    (existsSync(file) ? readFileSync(file, 'utf8') : '')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  writeFileSync(join(source, 'a b.jpg'), 'x');
  await waitFor('a line', () => read().length > 0);
  const [{ id, time, ...first }] = read();
  assert.deepEqual(first, { operation: 'Create', path: 'a b.jpg', target: 'dr' });
  assert.ok(typeof id === 'string' && Date.parse(time) > 0);
  renameSync(join(source, 'a b.jpg'), Buffer.concat([Buffer.from(`${source}/`), Buffer.from('\xff', 'latin1')]));
  await waitFor('the move', () => read().some(({ operation }) => operation === 'Move'));
  const move = read().find(({ operation }) => operation === 'Move');
  assert.deepEqual([move.from, move.pathBase64], ['a b.jpg', '/w==']);
  for (let n = 0; n < 100; n++) writeFileSync(join(source, `n${n}`), 'x');
  await waitFor('a file that is turned over', () => existsSync(`${file}.1`));
  await replica.assertEqual();
});

test('a receiver that is too old for a file, and a daemon that keeps none, are told in words', async () => {
  const request = { hook: 'lines', lines: ['{}'], maxBytes: 4_096, keep: 1 };
  const answered = async (control: object | undefined) => writeLines({ epoch: 1, control } as never, request);
  const refusing = (message: string) => ({
    appendHookLines: () => Promise.reject(new ControlFailure(400, { code: 'BadRequest', message })),
  });
  const old = 'answer POST /v1/volumes/uploads/hook-lines: there is no such request';
  const rows: readonly [object | undefined, RegExp][] = [
    [undefined, /plain rsync daemon keeps no file/],
    [refusing(old), /does not know files of hooks; upgrade it/],
    [refusing('add lines of hook lines: 32 other hooks have files here'), /32 other hooks/],
  ];
  for (const [control, expected] of rows) {
    const result = await answered(control);
    assert.match(result.kind === 'failed' ? result.message : '', expected);
  }
  assert.deepEqual(await writeLines(undefined, request), { kind: 'failed', message: 'the target is not connected' });
});
