import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, type OperatorProcess, operatorNamespace, startControlPlane } from './control-plane.ts';
import { claimObject, syncReplicaObject, webhookObjects } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';

/** Of an upgrade: `helm upgrade --wait` ends once the new operators are ready, while the old ones still end. */
describe('an operator whose pod was told to end, when another is ready', { skip }, () => {
  let plane: ControlPlane;
  let service: Server;
  const sockets = new Set<Socket>();
  /** Where a Service leads new connections; those that stand stay where they are. */
  let endpoint: OperatorProcess;
  let pods = 0;
  /** The image of the agent that a new pod gets; undefined where it gets none. */
  const imageOfNext = async (): Promise<string | undefined> => {
    const name = `web-${++pods}`;
    await plane.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace },
      spec: {
        containers: [{ name: 'web', image: 'web', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'uploads' } }],
      },
    });
    return (await plane.get('pod', name, namespace))?.spec.initContainers?.[0]?.image;
  };
  const startOperator = async (name: string, image: string): Promise<OperatorProcess> => {
    const operator = await plane.startOperator(name, { environment: { SYNCREPLICA_AGENT_IMAGE: image } });
    await plane.until(`${name} to be ready`, operator.isReady);
    return operator;
  };

  before(async () => {
    plane = await startControlPlane();
    service = createServer((near) => {
      const far = connect(endpoint.webhookPort, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.pipe(other);
        // Either side may be killed at the end.
        one.on('error', () => other.destroy());
      }
    }).listen(0, '127.0.0.1');
    await once(service, 'listening');
    const { port } = service.address() as AddressInfo;
    // What stands for the operator's own, which nothing runs: told to end, it stays.
    await plane.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'operator-a', namespace: operatorNamespace, finalizers: ['test/held'] },
      spec: { containers: [{ name: 'operator', image: 'x' }] },
    });
    await plane.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      ...webhookObjects({ port, path: '/mutate-pods' }, { failurePolicy: 'Fail', timeoutSeconds: 10 }),
      claimObject(namespace, 'uploads'),
      syncReplicaObject(namespace, 'uploads', {}),
    );
    endpoint = await startOperator('operator-a', 'agent:old');
  });
  after(async () => {
    await plane?.stop();
    for (const socket of sockets) socket.destroy();
    service?.close();
  });

  test('gives no pod its own agent any more, though the API server keeps its connection', async () => {
    await plane.until('the webhook to be asked', async () => (await imageOfNext()) === 'agent:old');
    const old = endpoint;
    endpoint = await startOperator('operator-b', 'agent:new');
    assert.equal(await imageOfNext(), 'agent:old', 'the connection that stands leads to the old one');
    await plane.kubectl('delete', 'pod', 'operator-a', '-n', operatorNamespace, '--wait=false');
    await plane.until('the other to be asked', async () => {
      const image = await imageOfNext();
      assert.ok(image, 'no pod goes without an agent meanwhile');
      return image === 'agent:new';
    });
    for (let more = 0; more < 5; more++) assert.equal(await imageOfNext(), 'agent:new');
    assert.ok(old.isRunning());
  });
});
