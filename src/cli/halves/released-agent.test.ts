import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { agentContainerName, agentPaths, agentSettingsVolume } from '../../api/names.ts';
import { releaseSecret } from '../../replication/decide/held-pods.ts';
import { decodeSecret } from '../../replication/secret-data.ts';

const root = mkdtempSync(join(tmpdir(), 'released-'));
after(() => rmSync(root, { recursive: true, force: true }));

test('an agent that waits for its first word is ready by the Secret that ends its SyncReplica, and so lets its application go', async () => {
  const pod = {
    metadata: { name: 'web-0' },
    spec: {
      initContainers: [
        { name: agentContainerName('uploads'), volumeMounts: [{ name: 'data', mountPath: agentPaths.source }] },
      ],
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'uploads' } },
        { name: agentSettingsVolume('uploads'), secret: { secretName: 'uploads-settings' } },
      ],
    },
  };
  const { object } = releaseSecret({ namespace: 'shop', name: 'uploads', uid: 'u' }, pod as never, Date.now());
  const [text = ''] = Object.values(decodeSecret(object as never));
  const source = join(root, 'source');
  const config = join(root, 'settings.json');
  mkdirSync(source);
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const at = ['--api', '127.0.0.1:0', '--metrics', '127.0.0.1:0', '--state-dir', join(root, 'state')];
  const child = spawn(process.execPath, [main, 'agent', '--config', config, ...at], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const said: string[] = [];
  let port = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const { message, port: served } = JSON.parse(line);
    said.push(message);
    if (message === 'waiting for the settings') writeFileSync(config, text.replaceAll(agentPaths.source, source));
    if (message !== 'metrics and status are served') continue;
    port = served;
    break;
  }
  child.stdout.resume();
  assert.ok(said.includes('agent is ready'), said.join('; '));
  assert.equal((await fetch(`http://127.0.0.1:${port}/readyz`)).status, 200);
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
});
