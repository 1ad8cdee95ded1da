import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import { Failure } from '../../process/failure.ts';
import { silentLogger } from '../../process/log/logger.ts';
import { askAgent, findControlSockets, startControlSocket } from '../running/control-socket.ts';
import { findAgents } from '../running/find-agents.ts';
import { steerAgent } from './running-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'steering-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const environment = { XDG_RUNTIME_DIR: folder };

const settings = (over: Partial<ReplicationSettings> = {}): ReplicationSettings =>
  ({ generation: 0, source: '/a', targets: [], paused: false, maxLagMs: 1, ...over }) as unknown as ReplicationSettings;

/** An agent that takes what it is told, as the real one: nothing older than what it has. */
const makeSteered = (reread: () => Promise<ReplicationSettings>) => {
  const taken: ReplicationSettings[] = [];
  const controlled = steerAgent({
    agent: {
      status: () => ({ source: '/a', replicas: [] }),
      journal: () => undefined,
      locks: () => [],
      async update(newer) {
        assert.ok(newer.generation > (taken.at(-1)?.generation ?? 0));
        taken.push(newer);
      },
    },
    first: settings(),
    reread,
    logger: silentLogger,
    now: () => 0,
  });
  return { controlled, last: () => taken.at(-1) };
};

test('what was said to the agent outlives what its files say', async () => {
  const { controlled, last } = makeSteered(async () => settings({ maxLagMs: 7 }));
  await controlled.obey({ verb: 'pause' });
  assert.equal(last()?.paused, true);
  await controlled.obey({ verb: 'release', value: 'abc' });
  await controlled.obey({ verb: 'reload' });
  assert.deepEqual([last()?.maxLagMs, last()?.paused, last()?.requests?.releaseDeletes], [7, true, 'abc']);
  await controlled.obey({ verb: 'resume' });
  await controlled.obey({ verb: 'sync' });
  assert.deepEqual([last()?.paused, last()?.requests?.sync], [false, '1970-01-01T00:00:00.000Z']);
});

test('one target is paused and goes on by itself; a resume of all is one of each', async () => {
  const targets = [{ name: 'dr' }, { name: 'far', paused: true }] as never;
  const { controlled, last } = makeSteered(async () => settings({ targets }));
  await controlled.obey({ verb: 'reload' });
  const paused = () => [last()?.paused, ...(last()?.targets.map((target) => target.paused ?? false) ?? [])];
  await controlled.obey({ verb: 'pause', value: 'dr' });
  assert.deepEqual(paused(), [false, true, true]);
  await controlled.obey({ verb: 'resume', value: 'far' });
  assert.deepEqual(paused(), [false, true, false]);
  await controlled.obey({ verb: 'pause' });
  assert.match(await controlled.obey({ verb: 'resume', value: 'dr' }), /once all do/);
  await controlled.obey({ verb: 'resume' });
  assert.deepEqual(paused(), [false, false, true], 'what the file says counts again');
  await assert.rejects(controlled.obey({ verb: 'pause', value: 'no' }), /no such target/);
});

test('settings that are wrong are refused in words and leave the old ones at work', async () => {
  const { controlled, last } = makeSteered(() =>
    Promise.reject(new Failure('BadUsage', 'workers is out of range', { hint: 'write 1 to 32' })),
  );
  const socket = await startControlSocket(controlled, environment);
  assert.ok(socket);
  assert.equal(statSync(socket.path).mode & 0o077, 0, 'nobody else may speak to it');
  await assert.rejects(askAgent(socket.path, { verb: 'reload' }), /workers is out of range; write 1 to 32/);
  await assert.rejects(askAgent(socket.path, { verb: 'release' }), /give the id/);
  await assert.rejects(askAgent(socket.path, { verb: 'no' as never }), /no is not known/);
  assert.equal(last(), undefined);
  const found = (await findAgents(environment)).agents.filter(({ socket: path }) => path === socket.path);
  assert.deepEqual(
    found.map(({ pid, status }) => [pid, status.source]),
    [[String(process.pid), '/a']],
  );
  socket.close();
  assert.ok(!findControlSockets(environment).includes(socket.path));
});

test('an agent that ends while it is asked is passed over, and one that says nothing of use is told', async (t) => {
  const sockets = join(folder, 'syncreplica');
  mkdirSync(sockets, { recursive: true, mode: 0o700 });
  const answers: Readonly<Record<string, (client: Socket) => void>> = {
    'agent-1.sock': (client) => client.destroy(),
    'agent-2.sock': (client) => client.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"source":'),
    'agent-3.sock': (client) => client.end('nothing of HTTP'),
  };
  for (const [name, answer] of Object.entries(answers)) {
    const server = createServer((client) => client.on('error', () => {}).once('data', () => answer(client)));
    await once(server.listen(join(sockets, name)), 'listening');
    t.after(() => server.close());
  }
  const { controlled } = makeSteered(async () => settings());
  const socket = await startControlSocket(controlled, environment);
  t.after(() => socket?.close());
  const { agents, silent } = await findAgents(environment);
  assert.deepEqual(
    agents.filter(({ socket: path }) => path.startsWith(sockets)).map(({ status }) => status.source),
    ['/a'],
  );
  assert.deepEqual(
    silent
      .map(({ message }) => /agent-\d/.exec(message)?.[0])
      .filter((name) => name !== undefined && /-[123]$/.test(name)),
    ['agent-3'],
  );
});

test('the journal is switched on and off, and outlives what the files say', async () => {
  const { controlled, last } = makeSteered(async () => settings());
  assert.match(await controlled.obey({ verb: 'journal', value: 'on' }), /syncreplica log --follow/);
  await controlled.obey({ verb: 'reload' });
  assert.equal(last()?.journal, true);
  await controlled.obey({ verb: 'journal', value: 'off' });
  assert.equal(last()?.journal, undefined);
  await assert.rejects(controlled.obey({ verb: 'journal' }), /write on or off/);
});
