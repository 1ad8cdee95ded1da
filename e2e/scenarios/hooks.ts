import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { examples } from '../docs/read-documents.ts';
import { untilCondition } from '../harness/look/conditions.ts';
import { agentsOf, inApp, runningPod } from '../harness/look/pods.ts';
import { startReplicated } from '../harness/look/replicas.ts';
import { makeApplication, makePod } from '../harness/make/application.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

interface Call {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: what a hook sends; a wrong field fails the scenario
  readonly body: any;
}

const purgePath = '/v4/zones/pictures/purge_cache';

/**
 * Others are told of changes once they are on the target, by each kind of hook of the example: a request with a header from a Secret, a
 * CloudEvent, a line in a file of the target. A service that is away, and an agent that starts anew meanwhile, lose nothing and hold up nothing.
 */
export const scenario = defineScenario({
  name: 'hooks',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const listener = await startListener(context, namespace);
    const [headers, replica] = documented(namespace);
    await context.apply(headers, namespace);
    await startReplicated(context, namespace, replica, makeApplication(context, { name: 'pictures' }));
    const pod = await runningPod(context, namespace, 'pictures');
    const write = (script: string) => inApp(context, namespace, pod.metadata.name, `cd /data && ${script}`);
    const target = await context.volumePath(namespace, 'data-pictures-edge-0');
    const onTarget = (name: string): string => readFileSync(join(target, 'data', name), 'utf8').trim();
    const purges = () => listener.calls().filter(({ url }) => url === purgePath);
    const purged = (): string[] => purges().flatMap(({ body }) => body.files as string[]);
    const told = () => listener.calls().filter(({ url }) => url === '/events');
    const kinds = () => told().map(({ body }) => `${body.type.replace('io.syncreplica.file.', '')} ${body.subject}`);
    const file = join(target, '.syncreplica/hooks/arrivals.jsonl');
    const lines = (): string[] =>
      (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])
        .map((line) => JSON.parse(line))
        .map(({ operation, path }) => `${operation.toLowerCase()} ${path}`);

    await context.step('a request for what was rewritten, with the header of a Secret, once it is there', async () => {
      await write('echo one > a.jpg; echo one > a.txt');
      // What says the same as an event that waits is told once: the second version is to be an event of its own.
      await context.waitFor('the first version to be told of', async () =>
        [kinds(), lines()].every((said) => said.includes('create a.jpg')),
      );
      assert.equal(onTarget('a.jpg'), 'one');
      await write('echo two > a.jpg; echo two > a.txt');
      await context.waitFor('the purge', async () => purged().includes('a.jpg'));
      assert.equal(onTarget('a.jpg'), 'two', 'told before it was there');
      assert.ok(!purged().includes('a.txt'), 'told of what no pattern names');
      for (const call of purges()) assert.equal(call.headers.authorization, 'Bearer change-me');
    });
    await context.step('an event of each kind, as CloudEvents say it', async () => {
      await write('mkdir d && mv a.txt d/b.txt');
      await context.waitFor('the move', async () => existsSync(join(target, 'data/d/b.txt')));
      await write('rm d/b.txt');
      await context.waitFor('the events', async () => allOf(kinds()));
      for (const { headers: sent, body } of told()) {
        assert.equal(sent['content-type'], 'application/cloudevents+json');
        assert.deepEqual([body.specversion, body.data.target], ['1.0', 'edge']);
      }
    });
    await context.step('a line of each in a file of the target', async () => {
      await context.waitFor('the lines', async () => allOf(lines()));
    });
    await context.step('a service that is away is told later, and replication goes on', async () => {
      listener.refuse(true);
      await write('for i in $(seq 40); do echo $i > late-$i.png; done');
      await context.waitFor('the first versions', async () => late.every((name) => onTarget(name) !== ''));
      await write('for i in $(seq 40); do echo again $i > late-$i.png; done');
      await context.waitFor('the files', async () => late.every((name) => onTarget(name).startsWith('again')));
      const degraded = await untilCondition(context, namespace, 'pictures', 'Degraded', 'True');
      assert.equal(degraded.reason, 'HookFailing');
      assert.match(degraded.message, /purge-cdn|tell/);
      await untilCondition(context, namespace, 'pictures', 'InSync', 'True');
    });
    await context.step('also where the agent starts anew meanwhile', async () => {
      const [container = ''] = agentsOf(pod);
      const agent = { namespace, pod: pod.metadata.name, container };
      await context.exec(agent, ['sh', '-c', 'kill -TERM 1']);
      await context.waitFor('the agent to start again', async () => {
        const now = await runningPod(context, namespace, 'pictures');
        return now.status.initContainerStatuses?.some(
          ({ name, restartCount }: KubeObject) => name === container && restartCount > 0,
        );
      });
      listener.refuse(false);
      await context.waitFor('all that was refused', async () => {
        const names = new Set(purged());
        return late.every((name) => names.has(name));
      });
      await untilCondition(context, namespace, 'pictures', 'Degraded', 'False');
      for (const { body } of purges()) assert.ok(body.files.length <= 30, 'a batch is as large as it may be');
    });
    await context.step('what was called is counted', async () => {
      const before = purged().filter((name) => name === 'a.jpg').length;
      await write('echo three > a.jpg');
      await context.waitFor('another purge', async () => purged().filter((name) => name === 'a.jpg').length > before);
      const [agent] = pod.spec.initContainers.filter(({ name }: KubeObject) => name === agentsOf(pod)[0]);
      const { containerPort } = agent.ports.find(({ name }: KubeObject) => name === 'srep-metrics');
      const script = `fetch('http://127.0.0.1:${containerPort}/metrics').then((r) => r.text()).then(console.log)`;
      const where = { namespace, pod: pod.metadata.name, container: 'app' };
      const figures = await context.exec(where, ['node', '-e', script]);
      for (const hook of ['purge-cdn', 'tell', 'arrivals'])
        assert.match(figures, new RegExp(`^syncreplica_hook_calls_total\\{[^}]*hook="${hook}"[^}]*\\} [1-9]`, 'm'));
      assert.ok(!figures.includes('late-1.png'), 'a figure names a file');
    });
  },
});

const late = Array.from({ length: 40 }, (_, n) => `late-${n + 1}.png`);

const allOf = (said: readonly string[]): boolean =>
  ['create a.jpg', 'write a.jpg', 'move d/b.txt', 'delete d/b.txt'].every((one) => said.includes(one));

/** The example of the documents, with the listener in place of the services that it names. */
const documented = (namespace: string): [KubeObject, KubeObject] => {
  const [secret, replica] = examples().find(({ where }) => where.endsWith('/hooks.yaml'))?.objects ?? [];
  const [purge, arrivals, tell] = replica.spec.hooks;
  const host = `http://listener.${namespace}.svc`;
  assert.ok(purge.http.url.endsWith(purgePath) && arrivals.file && tell.webhook);
  purge.http.url = host + purgePath;
  tell.webhook.url = `${host}/events`;
  replica.spec.targets[0].managed.storage = '64Mi';
  return [secret, replica];
};

interface Listener {
  calls(): readonly Call[];
  /** Answers 503 from now on, or no longer. */
  refuse(isAway: boolean): void;
}

const program = `
const { appendFileSync, existsSync } = require('node:fs');
require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (part) => { body += part; }).on('end', () => {
    if (existsSync('/data/refuse')) return response.writeHead(503).end();
    const { url, headers } = request;
    appendFileSync('/data/calls', JSON.stringify({ url, headers, body: JSON.parse(body) }) + '\\n');
    response.end();
  });
}).listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

/** A pod that writes down how it is called. */
const startListener = async (context: Context, namespace: string): Promise<Listener> => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'listener' },
    spec: { selector: { app: 'listener' }, ports: [{ port: 80, targetPort: 8080 }] },
  };
  const pod = makePod(context, 'listener', { container: { command: ['node', '-e', program] } });
  await context.apply([service, pod], namespace);
  const folder = context.emptyDirPath(await runningPod(context, namespace, 'listener'), 'data');
  const calls = join(folder, 'calls');
  return {
    calls: () =>
      (existsSync(calls) ? readFileSync(calls, 'utf8') : '')
        .split('\n')
        .filter(Boolean)
        .map((one) => JSON.parse(one)),
    refuse: (isAway) => (isAway ? writeFileSync(join(folder, 'refuse'), '') : rmSync(join(folder, 'refuse'))),
  };
};
