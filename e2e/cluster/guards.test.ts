import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlUnits } from './component-flags.ts';
import { layoutOf } from './layout.ts';
import { nodeFiles } from './node-files.ts';

test('nothing that guards users is switched off', () => {
  const flags =
    controlUnits()
      .find(({ name }) => name === 'kube-apiserver')
      ?.args.join('\n') ?? '';
  assert.match(flags, /--authorization-mode=Node,RBAC/);
  assert.match(flags, /NodeRestriction/);
  assert.match(flags, /--kubelet-certificate-authority=/);
  assert.doesNotMatch(flags, /--disable-admission-plugins|AlwaysAllow|--anonymous-auth=true|insecure/);
  const all = controlUnits()
    .flatMap(({ args }) => args)
    .join('\n');
  assert.doesNotMatch(all, /insecure-skip-tls|http:\/\//);
  for (const node of layoutOf('a', 2).nodes) {
    const facts = { cgroupVersion: 1, cgroupRoot: '/a', pauseImage: 'p', mayLowerOomScore: false } as const;
    const kubelet = JSON.parse(nodeFiles(node, facts)['kubelet.json'] ?? '');
    assert.deepEqual(kubelet.authentication.anonymous, { enabled: false });
    assert.equal(kubelet.authorization.mode, 'Webhook');
    assert.equal(kubelet.failCgroupV1, false);
    const newer = JSON.parse(nodeFiles(node, { ...facts, cgroupVersion: 2 })['kubelet.json'] ?? '');
    assert.equal('failCgroupV1' in newer, false);
  }
});
