import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RelaySettings } from '../../api/settings/relay-settings.ts';
import { settingsDefaults } from '../../api/settings/settings-defaults.ts';
import { makeCredentials, writeCertificateDirectories } from '../certificates/write-certificates.ts';
import { parseRelayAs } from '../parse/parse-relay-as.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

const begin = async (t: TestContext) => {
  const home = mkdtempSync(join(tmpdir(), 'relay-on-'));
  const children: ChildProcess[] = [];
  t.after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(
      children.map((child) => child.exitCode ?? new Promise((resolve) => child.once('close', resolve))),
    );
    rmSync(home, { recursive: true });
  });
  const certs = join(home, 'certs');
  await writeCertificateDirectories(certs, { hosts: ['localhost'], volumes: ['photos'] });
  const start = (...args: string[]): ChildProcess => {
    const child = spawn(process.execPath, [main, ...args], { stdio: 'ignore' });
    children.push(child);
    return child;
  };
  return { home, certs, start };
};

const freePort = async (host: string): Promise<number> => {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};

const arrives = async (path: string, content: string | undefined): Promise<void> => {
  const read = (): string | undefined => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  };
  while (read() !== content) await sleep(50);
};

test('a number among the readers is the end of a name; the target’s own receiver is the first', () => {
  assert.equal(parseRelayAs('first'), undefined);
  assert.equal(parseRelayAs('uploads-dr-readers-12'), 12);
  for (const wrong of ['', 'reader', 'reader-', 'reader-x', '-1x'])
    assert.throws(() => parseRelayAs(wrong), /relay-as/);
});

test('a receiver feeds those whom the file names, these feed others, and one more is fed once the file says so', {
  timeout: 600_000,
}, async (t) => {
  const { home, certs, start } = await begin(t);
  const read = (file: string): string => readFileSync(join(certs, 'agent', file), 'utf8');
  const port = await freePort('127.0.2.100');
  const relayOf = (replicas: number): RelaySettings => ({
    tree: { replicas, fanOut: 2 },
    host: ['127.0.2.', ''],
    target: {
      port,
      volume: 'photos',
      username: read('username').trim(),
      password: read('password').trim(),
      tls: { ca: read('ca.crt'), cert: read('tls.crt'), key: read('tls.key'), servername: 'localhost' },
    },
    settings: { ...settingsDefaults, lineage: 'photos' } as RelaySettings['settings'],
  });
  const relay = join(home, 'relay.json');
  const say = (replicas: number): void => {
    writeFileSync(`${relay}.new`, JSON.stringify(relayOf(replicas)));
    renameSync(`${relay}.new`, relay);
  };
  say(3);
  const data = (name: string, file: string): string => join(home, name, 'data', file);
  const receivers = new Map<string, ChildProcess>();
  const startReceiver = (name: string, host: string): void => {
    mkdirSync(join(home, name), { recursive: true });
    const flags = ['--listen', `${host}:${port}`, '--metrics', 'off', '--fresh-for', '15s', '--volume', 'photos'];
    const relayed = ['--relay', relay, '--relay-as', name];
    const certificates = ['--certs', join(certs, 'receiver')];
    receivers.set(name, start('receiver', '--dir', join(home, name), ...certificates, ...flags, ...relayed));
  };
  startReceiver('first', '127.0.2.100');
  for (const ordinal of [0, 1, 2, 3]) startReceiver(`reader-${ordinal}`, `127.0.2.${ordinal}`);
  const source = join(home, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'page'), 'one');
  const settings = {
    ...settingsDefaults,
    generation: 1,
    source,
    targets: [{ ...relayOf(0).target, kind: 'receiver', name: 'first', host: '127.0.2.100' }],
  };
  writeFileSync(join(home, 'settings.json'), JSON.stringify(settings));
  start('agent', '--config', join(home, 'settings.json'), '--metrics', 'off', '--state-dir', join(home, 'state'));
  for (const name of ['first', 'reader-0', 'reader-1', 'reader-2']) await arrives(data(name, 'page'), 'one');
  for (const name of ['first', 'reader-0', 'reader-2'])
    while (Number(readUntil(join(home, name))) * 1_000 <= Date.now()) await sleep(100);
  await arrives(data('reader-3', 'page'), undefined);
  say(4);
  await arrives(data('reader-3', 'page'), 'one');
  writeFileSync(join(source, 'page'), 'two');
  for (const name of ['first', 'reader-0', 'reader-1', 'reader-2', 'reader-3'])
    await arrives(data(name, 'page'), 'two');
});

test('readers are fed once it can be begun, also where the first try failed and nobody writes the file again', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'relay-late-'));
  const target = { port: 1, volume: 'photos', username: 'u', password: 'p', tls: await pems() };
  const relay = { tree: { replicas: 1, fanOut: 2 }, host: ['127.0.2.', ''], target, settings: settingsDefaults };
  const file = join(home, 'relay.json');
  writeFileSync(file, JSON.stringify(relay));
  const script = `
    import { relayOn } from '${new URL('./relay-on.ts', import.meta.url)}';
    import { createLogger } from '${new URL('../../process/log/logger.ts', import.meta.url)}';
    relayOn({ file: '${file}', ordinal: undefined, directory: '${home}', logger: createLogger() });
    setInterval(() => {}, 1_000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
    rmSync(home, { recursive: true });
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { message, reason } = JSON.parse(line) as { message: string; reason?: string };
    if (reason?.includes('it is no directory')) mkdirSync(join(home, 'data'));
    if (message === 'relay started') return;
  }
  assert.fail('it ended');
});

const pems = async (): Promise<{ ca: string; cert: string; key: string }> => {
  const { agent } = await makeCredentials({ hosts: ['localhost'], volumes: ['photos'] });
  return { ca: agent.ca, cert: agent.cert, key: agent.key };
};

const readUntil = (directory: string): string => {
  try {
    return readFileSync(join(directory, 'fresh/until'), 'utf8');
  } catch {
    return '0';
  }
};
