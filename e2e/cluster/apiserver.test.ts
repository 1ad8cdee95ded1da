import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { isApiServerBuilt, startApiServer } from './apiserver.ts';
import { runCommand, tryCommand } from './command.ts';

const unbuilt = isApiServerBuilt(process.env) ? false : 'its programs are not in the cache';

test('an apiserver alone answers, keeps what it is given through a restart, and leaves nothing', {
  skip: unbuilt,
}, async () => {
  const server = await startApiServer();
  const kubectl = (...args: string[]) => runCommand(server.kubectl, ['--kubeconfig', server.kubeconfig, ...args]);
  try {
    assert.match((await kubectl('version', '-o', 'json')).stdout, /"gitVersion": "v1\.36\.3"/);
    await kubectl('create', 'namespace', 'kept');
    await kubectl('create', 'configmap', 'kept', '-n', 'kept', '--from-literal=a=b');
    await server.pause();
    const whilePaused = await tryCommand(server.kubectl, ['--kubeconfig', server.kubeconfig, 'get', 'ns']);
    assert.notEqual(whilePaused.code, 0);
    await server.resume();
    assert.match((await kubectl('get', 'configmap', 'kept', '-n', 'kept', '-o', 'yaml')).stdout, /a: b/);
    const anonymous = await runCommand('curl', ['-ks', `https://127.0.0.1:${server.port}/api/v1/secrets`]);
    assert.match(anonymous.stdout, /forbidden/);
  } finally {
    await server.stop();
  }
  assert.equal(existsSync(server.kubeconfig), false);
  const after = await tryCommand('curl', ['-ks', `https://127.0.0.1:${server.port}/readyz`]);
  assert.equal(after.code, 7);
});
