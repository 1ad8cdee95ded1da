import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operatorNamespace } from '../harness/chart.ts';
import { defineScenario } from '../harness/scenario.ts';
import { makeApplication, makeReplica, runningPod } from './inject/application.ts';
import { inApp, untilReady } from './replication/replica.ts';

const password = 'rather-long-password';

/** A plain rsync daemon, of which nothing is known but its address, module and password, is a target too. */
export const scenario = defineScenario({
  name: 'external-rsyncd',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    const [operator] = await context.list('deployments', operatorNamespace);
    const { value: image } = operator.spec.template.spec.containers[0].env.find(
      ({ name }: { name: string }) => name === 'SYNCREPLICA_AGENT_IMAGE',
    );
    const config =
      'use chroot = no\n[web]\npath = /replica\nread only = no\nauth users = shop\nsecrets file = /etc/rsyncd/secrets\nstrict modes = no\n';
    await context.apply(
      [
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'rsyncd' },
          stringData: { 'rsyncd.conf': config, secrets: `shop:${password}\n` },
        },
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'offsite' }, stringData: { username: 'shop', password } },
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'rsyncd' },
          spec: { selector: { app: 'rsyncd' }, ports: [{ port: 8873 }] },
        },
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'kept' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } },
        },
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'rsyncd', labels: { app: 'rsyncd' } },
          spec: {
            securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
            containers: [
              {
                name: 'rsyncd',
                image,
                imagePullPolicy: 'IfNotPresent',
                command: ['rsync', '--daemon', '--no-detach', '--port=8873', '--config=/etc/rsyncd/rsyncd.conf'],
                volumeMounts: [
                  { name: 'kept', mountPath: '/replica' },
                  { name: 'config', mountPath: '/etc/rsyncd', readOnly: true },
                ],
              },
            ],
            volumes: [
              { name: 'kept', persistentVolumeClaim: { claimName: 'kept' } },
              { name: 'config', secret: { secretName: 'rsyncd' } },
            ],
          },
        },
      ],
      namespace,
    );
    await context.kubectl(['wait', '--for=condition=Ready', 'pod/rsyncd', '-n', namespace, '--timeout=120s']);
    const external = {
      address: `rsyncd.${namespace}.svc`,
      port: 8873,
      module: 'web',
      secretName: 'offsite',
      tls: 'None',
      allowPlaintext: true,
    };
    await context.apply(
      [makeReplica('web', { targets: [{ name: 'offsite', external }] }), ...makeApplication(context)],
      namespace,
    );
    await untilReady(context, namespace, 'web', 'True');
    const { name: pod } = (await runningPod(context, namespace, 'web')).metadata;
    await inApp(context, namespace, pod, 'mkdir /data/d && echo hello > /data/d/file');
    const copy = join(await context.volumePath(namespace, 'kept'), 'd', 'file');
    await context.waitFor('the file at the daemon', async () => readFileSync(copy, 'utf8') === 'hello\n');
    assert.equal((await context.list('statefulsets', namespace)).length, 0, 'nothing of ours runs there');
  },
});
