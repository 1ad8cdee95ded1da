import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SshDaemon, sshdProgram } from '../../sidecar/agent/testing/ssh-daemon.ts';
import type { OutsideProgram } from '../cluster/outside.ts';
import { examples } from '../docs/read-documents.ts';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { agentsOf, inApp, runningPod } from '../harness/look/pods.ts';
import { startReplicated } from '../harness/look/replicas.ts';
import { untilSameFolders } from '../harness/look/trees.ts';
import { makeApplication } from '../harness/make/application.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

const [secret, address, port] = ['nas-ssh', '10.88.0.1', 8722];
/** In no image's list of accounts. */
const user = { runAsUser: 47_114, runAsGroup: 47_115, fsGroup: 47_115 };

/**
 * A directory on a machine that lets in nothing but sshd, from a namespace that is restricted and by users without an account, as the
 * how-to says it; and a volume that is filled from there.
 */
export const scenario = defineScenario({
  name: 'external-ssh',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const daemon = SshDaemon.prepare(mkdtempSync(join(tmpdir(), 'external-ssh-')), address, port);
    let running: OutsideProgram | undefined;
    try {
      running = await startSshd(context, daemon);
      assert.equal(running.address, address);
      await keepSecret(context, namespace, daemon.keyFile, daemon.knownHostsFile);
      const replica = documented(daemon);
      const { name } = replica.metadata;
      const pod = { securityContext: { ...user, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } };
      await startReplicated(context, namespace, replica, makeApplication(context, { name: 'uploads', pod }));
      const { name: app } = (await runningPod(context, namespace, 'uploads')).metadata;
      const write = (script: string) => inApp(context, namespace, app, `cd /data && ${script}`);
      const source = await context.volumePath(namespace, 'uploads');
      const same = () => untilSameFolders(context, source, daemon.directory);

      await context.step('changes of every kind', async () => {
        await write(
          'mkdir -p a/b empty && for i in $(seq 300); do echo $i > a/$i; done; ln -s ../1 a/b/link; ln a/1 a/b/hard; ' +
            'head -c 9000000 /dev/urandom > a/b/big; chmod 600 a/2; touch -d 2001-02-03 a/3',
        );
        await same();
        await write('mv a/b c && rm a/4 && echo more >> c/big && mv a/5 a/six && rm -r empty');
        await same();
        await untilCondition(context, namespace, name, 'InSync', 'True');
      });
      await context.step('the key is in no log and on no disk of the pod', async () => {
        const [container = ''] = agentsOf(await runningPod(context, namespace, 'uploads'));
        assert.doesNotMatch(await context.kubectl(['logs', app, '-n', namespace, '-c', container]), /PRIVATE KEY/);
        const agent = { namespace, pod: app, container };
        const look = 'id -u; grep -rqs "PRIVATE KEY" /var/lib/syncreplica && echo on disk || echo nowhere';
        assert.equal(await context.exec(agent, ['sh', '-c', look]), `${user.runAsUser}\nnowhere\n`);
      });
      await context.step('a machine that is not known, and a key that is not let in', async () => {
        const stranger = daemon.makeKey('stranger');
        await keepSecret(context, namespace, daemon.keyFile, `${stranger}.pub`);
        await says(context, namespace, name, 'CertificateInvalid', /known_hosts of the Secret/);
        await keepSecret(context, namespace, stranger, daemon.knownHostsFile);
        await says(context, namespace, name, 'AuthenticationFailed', /authorized_keys/);
        await write('echo meanwhile > a/7 && rm a/8');
        await keepSecret(context, namespace, daemon.keyFile, daemon.knownHostsFile);
        await untilReady(context, namespace, name, 'True');
        await same();
      });
      await context.step('sshd starts anew', async () => {
        await running?.stop();
        await write('echo away > a/9');
        running = await startSshd(context, daemon);
        await same();
        // What comes next tells of something else by the same condition.
        await untilReady(context, namespace, name, 'True');
      });
      await context.step('a Secret that lacks a key says so', async () => {
        await context.kubectl(['patch', 'secret', secret, '-n', namespace, '-p', '{"data":{"known_hosts":null}}']);
        const ready = await untilCondition(context, namespace, name, 'Ready', 'False');
        assert.match(ready.message, /lacks known_hosts; add what ssh-keyscan -p 8722 10\.88\.0\.1 says/);
        await keepSecret(context, namespace, daemon.keyFile, daemon.knownHostsFile);
        await untilReady(context, namespace, name, 'True');
      });
      await context.step('an empty volume is filled from there', async () => {
        await context.kubectl(['delete', 'syncreplica', name, '-n', namespace, '--timeout=60s']);
        const back = { ...replica, metadata: { name: 'back' } };
        back.spec = { ...replica.spec, source: { persistentVolumeClaim: 'back' }, restore: 'IfEmpty' };
        await startReplicated(context, namespace, back, makeApplication(context, { name: 'back', pod }));
        await untilSameFolders(context, await context.volumePath(namespace, 'back'), daemon.directory);
      });
    } finally {
      await running?.stop();
      rmSync(join(daemon.configFile, '..'), { recursive: true, force: true });
    }
  },
});

const startSshd = async (context: Context, daemon: SshDaemon): Promise<OutsideProgram> => {
  const running = context.outside([sshdProgram, '-D', '-e', '-f', daemon.configFile]);
  await running.untilSays(/Server listening/);
  return running;
};

/** The Secret of the how-to. */
const keepSecret = async (context: Context, namespace: string, key: string, knownHosts: string): Promise<void> => {
  const files = [`--from-file=ssh-privatekey=${key}`, `--from-file=known_hosts=${knownHosts}`];
  const words = ['create', 'secret', 'generic', secret, '--type=kubernetes.io/ssh-auth', ...files];
  await context.apply(await context.kubectl([...words, '--dry-run=client', '-o', 'yaml']), namespace);
};

/** The example of the documents with the machine's own address, user and directory. */
const documented = (daemon: SshDaemon): KubeObject => {
  const [replica] = examples().find(({ where }) => where.endsWith('/offsite-ssh.yaml'))?.objects ?? [];
  const { user: login, path } = daemon.target();
  Object.assign(replica.spec.targets[0].ssh, { address, port, user: login, path });
  assert.equal(replica.spec.targets[0].ssh.secretName, secret);
  return replica;
};

/** Degraded says why and what to do. */
const says = (context: Context, namespace: string, name: string, reason: string, sentence: RegExp): Promise<unknown> =>
  context.waitFor(`Degraded with ${reason}`, async () => {
    const found = await context.get('syncreplica', name, namespace);
    const degraded = found?.status?.conditions?.find((one: KubeObject) => one.type === 'Degraded');
    return degraded?.reason === reason && sentence.test(degraded.message);
  });
