import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilReady } from '../harness/look/conditions.ts';
import { agentsOf, inApp, runningPod } from '../harness/look/pods.ts';
import { provesReplication } from '../harness/look/replicas.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { type Plugin, withPlugin } from '../harness/plugin.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

/**
 * Somebody on call asks which files were sent when: with the rights of the chart's role, without a restart, of a path too,
 * and it ends by itself. Nothing of it is on a port, nor in a report.
 */
export const scenario = defineScenario({
  name: 'journal',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    await context.apply([makeReplica('web'), ...makeApplication(context)], namespace);
    await untilReady(context, namespace, 'web', 'True');
    await provesReplication(context, namespace, 'web', 'web');
    const pod = await runningPod(context, namespace, 'web');
    const { name } = pod.metadata;
    const agentLog = async (): Promise<string> =>
      context.kubectl(['logs', name, '-c', agentsOf(pod)[0] ?? '', '-n', namespace]);
    assert.ok(!(await agentLog()).includes('proof.txt'), 'off by default');

    await withPlugin(context, namespace, 'on-call', async (plugin) => {
      await context.step('it is off, and says how to switch it on', () =>
        plugin.untilSays(/it is off[\s\S]*--follow, or --for 1h/, 'log', 'web'),
      );
      await context.step('who follows sees what is sent', async () => {
        const program = plugin.start('log', 'web', '--follow');
        try {
          const seen = program.untilSays(/Write {7}dr {2}\+\d+ ms {2}private\/letter\.txt/);
          await writeUntil(context, namespace, name, 'private/letter.txt', seen);
        } finally {
          await program.stop();
        }
        await plugin.untilSays(/private\/letter\.txt/, 'log', 'web');
        await plugin.untilSays(/"path":"private\/letter\.txt"/, 'log', 'web', '-o', 'json');
        const format = '%e %w%f to %t in %d';
        await plugin.untilSays(
          /^CLOSE_WRITE,CLOSE private\/letter\.txt to dr in \d+$/m,
          'log',
          'web',
          '--format',
          format,
        );
      });
      await context.step('no name is on the open port, nor in a report', () => isKept(context, plugin, namespace, pod));
      await context.step('it ends when it is told to', async () => {
        await plugin.untilSays(/the journal is off/, 'log', 'web', '--off');
        await context.waitFor('its end in the log', async () => (await agentLog()).includes('journal is off'));
      });
      await context.step('of a path, for a time: it ends by itself', async () => {
        await plugin.untilSays(/agents write what they send until/, 'log', 'web', '--for', '30s', '--path', '*.txt');
        await context.waitFor('the names that were asked for', async () => {
          await inApp(context, namespace, name, 'date > /data/unasked.png; date > /data/asked.txt');
          return (await agentLog()).includes('"path":"asked.txt"');
        });
        await context.waitFor('its end', async () => (await agentLog()).split('journal is off').length === 3);
        assert.ok(!(await agentLog()).includes('unasked.png'), 'other names are not written');
      });
      await context.step('who holds which path is told by the agents themselves', () =>
        plugin.untilSays(/^dr: \d+ held, \d+ waiting$/m, 'locks', 'web'),
      );
    });
    await inApp(context, namespace, name, 'date > /data/after.txt');
    await provesReplication(context, namespace, 'web', 'web');
    assert.ok(!(await agentLog()).includes('after.txt'));
    const { metadata, status } = await runningPod(context, namespace, 'web');
    assert.equal(metadata.uid, pod.metadata.uid, 'nothing was restarted');
    assert.ok(status.initContainerStatuses.every(({ restartCount }: KubeObject) => restartCount === 0));
  },
});

/** Writes a file again and again until what is waited for has come: when the journal begins is the agents' matter. */
const writeUntil = async (
  context: Context,
  namespace: string,
  pod: string,
  file: string,
  came: Promise<unknown>,
): Promise<void> => {
  let hasCome = false;
  const waiting = came.then(() => {
    hasCome = true;
  });
  await context.waitFor('what is followed', async () => {
    if (!hasCome) await inApp(context, namespace, pod, `mkdir -p /data/private; date > /data/${file}`);
    return hasCome;
  });
  await waiting;
};

const isKept = async (context: Context, plugin: Plugin, namespace: string, pod: KubeObject): Promise<void> => {
  const [agent] = pod.spec.initContainers.filter((one: KubeObject) => one.name === agentsOf(pod)[0]);
  const { containerPort } = agent.ports.find((port: KubeObject) => port.name === 'srep-metrics');
  for (const path of ['metrics', 'v1/status', 'healthz', 'readyz']) {
    const script = `fetch('http://127.0.0.1:${containerPort}/${path}').then((r) => r.text()).then(console.log)`;
    const where = { namespace, pod: pod.metadata.name, container: 'app' };
    const said = await context.exec(where, ['node', '-e', script]);
    assert.ok(!said.includes('letter.txt'), `${path} names a file`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-report-'));
  try {
    const file = join(folder, 'report.yaml');
    await plugin.untilSays(/wrote /, 'report', 'web', '--file', file);
    const report = readFileSync(file, 'utf8');
    assert.ok(report.includes('message: journal'), 'that it was on is told');
    assert.ok(!report.includes('letter.txt'), 'a report names no file');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
