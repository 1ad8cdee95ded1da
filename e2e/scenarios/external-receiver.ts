import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from '../cluster/command.ts';
import type { OutsideProgram } from '../cluster/outside.ts';
import { examples } from '../docs/read-documents.ts';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { inApp, runningPod } from '../harness/look/pods.ts';
import { edit, startReplicated } from '../harness/look/replicas.ts';
import { differencesOf, untilSameFolders } from '../harness/look/trees.ts';
import { makeApplication } from '../harness/make/application.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

const program = join(dirname(dirname(import.meta.dirname)), 'bin', 'syncreplica.mjs');
const [name, secret] = ['second-site', 'second-site-credentials'];

/** A receiver on a machine that no operator knows, with certificates that `syncreplica certs` made, as the how-to says it. */
export const scenario = defineScenario({
  name: 'external-receiver',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    const folder = mkdtempSync(join(tmpdir(), 'external-receiver-'));
    let receiver: OutsideProgram | undefined;
    try {
      receiver = await startReceiver(context, folder);
      await keepSecret(context, namespace, join(folder, 'certs'));
      const replica = documented(receiver.address);
      await startReplicated(context, namespace, replica, makeApplication(context, { name: 'uploads' }));
      assert.equal((await context.list('statefulsets', namespace)).length, 0, 'nothing of ours runs there');
      const { name: pod } = (await runningPod(context, namespace, 'uploads')).metadata;
      const write = (script: string) => inApp(context, namespace, pod, `cd /data && ${script}`);
      const source = await context.volumePath(namespace, 'uploads');
      const same = () => untilSameFolders(context, source, join(folder, 'replica', 'data'));

      await context.step('changes of every kind', async () => {
        await write(
          'mkdir -p a/b empty && for i in $(seq 300); do echo $i > a/$i; done; ln -s ../1 a/b/link; ln a/1 a/b/hard; ' +
            'head -c 5000000 /dev/urandom > a/b/big; chmod 600 a/2; touch -d 2001-02-03 a/3',
        );
        await same();
        await write('mv a/b c && rm a/4 && echo more >> c/big && mv a/5 a/six && rm -r empty');
        await same();
      });
      await context.step('another authority', async () => {
        await certs(join(folder, 'others'), receiver?.address ?? '');
        await keepSecret(context, namespace, join(folder, 'others'));
        await says(context, namespace, 'CertificateInvalid', /certificate.*ca\.crt/s);
        await write('echo meanwhile > a/7 && rm a/8');
        await keepSecret(context, namespace, join(folder, 'certs'));
        await untilReady(context, namespace, name, 'True');
        await untilCondition(context, namespace, name, 'Degraded', 'False');
        await same();
      });
      await context.step('a volume that the certificate does not name', async () => {
        const [target] = replica.spec.targets;
        const other = { ...target, external: { ...target.external, module: 'others' } };
        await edit(context, namespace, name, { targets: [other] });
        await says(context, namespace, 'AuthenticationFailed', /certificate names uploads.*issued for this volume/s);
        await edit(context, namespace, name, { targets: replica.spec.targets });
        await untilReady(context, namespace, name, 'True');
      });
      await context.step('the receiver starts anew', async () => {
        await receiver?.stop();
        await write('echo away > a/9');
        receiver = await startReceiver(context, folder);
        await same();
      });
      await context.step('the SyncReplica is deleted', async () => {
        await context.kubectl(['delete', 'syncreplica', name, '-n', namespace, '--timeout=60s']);
        await write('echo late > a/late');
        const differences = await differencesOf(source, join(folder, 'replica', 'data'));
        const here = differences.filter(
          (line) => !line.startsWith('missing: a/late ') && !line.startsWith('mtime: a '),
        );
        assert.deepEqual(here, [], 'the replica stays as it was');
        assert.ok(!existsSync(join(folder, 'replica', 'data', 'a', 'late')));
      });
    } finally {
      await receiver?.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

const certs = (out: string, host: string) =>
  runCommand(process.execPath, [program, 'certs', '--out', out, '--host', host, '--volume', 'uploads']);

const startReceiver = async (context: Context, folder: string): Promise<OutsideProgram> => {
  const own = join(folder, 'certs', 'receiver');
  const words = ['--dir', join(folder, 'replica'), '--listen', '0.0.0.0:8730', '--certs', own, '--volume', 'uploads'];
  if (!existsSync(own)) await certs(join(folder, 'certs'), '10.88.0.1');
  const receiver = context.outside([process.execPath, program, 'receiver', ...words]);
  await receiver.untilSays(/receiver ready/);
  return receiver;
};

/** The Secret of the how-to, made from the directory for the agent. */
const keepSecret = async (context: Context, namespace: string, folder: string): Promise<void> => {
  const words = ['create', 'secret', 'generic', secret, `--from-file=${join(folder, 'agent')}`];
  await context.apply(await context.kubectl([...words, '--dry-run=client', '-o', 'yaml']), namespace);
};

/** The example of the documents with the receiver's own address. */
const documented = (address: string): KubeObject => {
  const [replica] = examples().find(({ where }) => where.endsWith('/offsite-receiver.yaml'))?.objects ?? [];
  replica.spec.targets[0].external.address = address;
  return replica;
};

/** Ready is False, and Degraded says why and what to do. */
const says = async (context: Context, namespace: string, reason: string, sentence: RegExp): Promise<void> => {
  const degraded = await context.waitFor(`Degraded with ${reason}`, async () => {
    const found = await context.get('syncreplica', name, namespace);
    return found?.status?.conditions?.find((one: KubeObject) => one.type === 'Degraded' && one.reason === reason);
  });
  assert.match(degraded.message, sentence);
  await untilReady(context, namespace, name, 'False');
};
