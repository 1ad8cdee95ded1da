import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { canRun } from '../../sidecar/agent/watch/testing/watching-process.ts';
import type { Receiver } from '../../sidecar/receiver/receiver.ts';
import { annotations } from '../../src/api/names.ts';
import type { Finding, Level } from '../../src/kubectl/doctor/finding.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { tryCommand } from '../cluster/command.ts';
import { type AgentProcess, startAgentProcess } from './agent-process.ts';
import { type ControlPlane, operatorNamespace, startControlPlane } from './control-plane.ts';
import { applyUploads, type DataPlane, startBarePod, startDrReceiver, startSourcePod } from './data-plane.ts';
import { claimObject, webhookObjects } from './objects.ts';

const skip = !isApiServerBuilt(process.env)
  ? 'the programs of an apiserver are not in the cache'
  : !canRun('unshare', '-Ur', 'true') && 'needs a user namespace';
const main = join(import.meta.dirname, '../../src/cli/main.ts');
const namespace = 'shop';
const aheadMs = 3_600_000;

interface Diagnosis {
  readonly code: number | null;
  readonly findings: readonly Finding[];
}

/** A real apiserver, operator, receiver and agent; what a kubelet and the controllers of pods and claims would say is said here. */
describe('what the doctor finds of what really runs', { skip }, () => {
  let plane: ControlPlane;
  let folder: string;
  let on: DataPlane;
  let receiver: Receiver | undefined;
  let agent: AgentProcess | undefined;
  /** Runs a program with a clock that is an hour ahead. */
  let clockAhead: string;

  const diagnose = async (environment: Readonly<Record<string, string>> = {}): Promise<Diagnosis> => {
    const words = [main, '--as-kubectl-plugin', 'doctor', 'uploads', '-n', namespace, '-o', 'json'];
    const env = { HOME: folder, KUBECONFIG: plane.server.kubeconfig, ...environment };
    const { code, stdout, stderr } = await tryCommand(process.execPath, words, { env });
    assert.notEqual(stdout, '', stderr);
    return { code, findings: JSON.parse(stdout) };
  };
  const ofLevel = ({ findings }: Diagnosis, level: Level): string[] =>
    findings
      .filter((one) => one.level === level)
      .map(({ check, about }) => `${check} ${about}`)
      .sort();
  /** Waits until it finds these and nothing else to complain of; it ends with 1 where one of them is wrong. */
  const finds = async (
    what: string,
    wrong: readonly string[],
    warnings: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    let last: Diagnosis | undefined;
    const found = await plane
      .until(`the doctor to find ${what}`, async () => {
        last = await diagnose(environment);
        const isSo = `${ofLevel(last, 'wrong')}|${ofLevel(last, 'warning')}` === `${wrong}|${warnings}`;
        return isSo && last;
      })
      .catch((error: Error) => {
        throw new Error(`${error.message}; it found ${JSON.stringify(last?.findings)}`);
      });
    assert.equal(found.code, wrong.length > 0 ? 1 : 0);
    return found.findings
      .filter(({ level }) => level === 'wrong' || level === 'warning')
      .map(({ check, message, remedy }) => `${check}: ${message}; do: ${remedy}`)
      .join('\n');
  };
  const patchStatus = (kind: string, name: string, status: object, where = namespace) =>
    plane.kubectl(
      ...['patch', kind, name, '-n', where, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })],
    );
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'syncreplica-doctor-'));
    for (const name of ['source', 'replica', 'state']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'source', 'file'), 'content');
    clockAhead = join(folder, 'clock-ahead.cjs');
    writeFileSync(
      clockAhead,
      `globalThis.Date = class extends Date {
         static now() { return super.now() + ${aheadMs}; }
         constructor(...given) { super(...(given.length > 0 ? given : [new.target.now()])); }
       };`,
    );
    plane = await startControlPlane();
    on = { plane, namespace, receiverHost: '127.83.0.13', folder };
    const labels = {
      'app.kubernetes.io/name': 'syncreplica',
      'app.kubernetes.io/component': 'operator',
      'app.kubernetes.io/version': packageJson.version,
    };
    await plane.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      claimObject(namespace, 'uploads'),
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'operator-a', namespace: operatorNamespace, labels },
        spec: { containers: [{ name: 'operator', image: 'x' }] },
      },
    );
    await patchStatus('pod', 'operator-a', ready, operatorNamespace);
    // It was there before its SyncReplica.
    await startBarePod(on);
    await applyUploads(plane, namespace);
    const operator = await plane.startOperator('operator-a');
    await startSourcePod(on);
    receiver = await startDrReceiver(on);
    await plane.apply(
      ...webhookObjects({ port: operator.webhookPort, path: '/mutate-pods' }, { failurePolicy: 'Ignore' }),
    );
    await plane.kubectl('label', 'mutatingwebhookconfiguration', 'syncreplica', 'app.kubernetes.io/name=syncreplica');
    await plane.until('the operator to be ready', operator.isReady);
    agent = await startAgentProcess(on, ':');
  });
  after(async () => {
    await agent?.stop();
    await receiver?.stop();
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a pod without its agent, a claim that nobody fulfils, and a receiver that waits for it', async () => {
    const said = await finds('each', [
      `PodsMissingSidecar ${namespace}/uploads`,
      `TargetsUnavailable ${namespace}/uploads`,
      `claim ${namespace}/data-uploads-dr-0`,
      `receiver ${namespace}/uploads-dr-0`,
    ]);
    assert.match(said, /web-2 started without an agent.*kubectl rollout restart deployment\/web -n shop/);
    assert.match(said, /do: restart the pods as the message says/);
    assert.match(said, /0 of 1 receivers are ready.*do: look at the receiver's pod: kubectl describe pod/);
    assert.match(said, /has no volume yet; do: kubectl describe pvc data-uploads-dr-0 -n shop/);
    assert.match(said, /not ready; do: kubectl describe pod uploads-dr-0 -n shop/);
  });

  test('nothing, once each was mended; all that it looks at is well', async () => {
    await plane.kubectl('delete', 'pod', 'web-2', '-n', namespace, '--force', '--grace-period=0');
    await patchStatus('pvc', 'data-uploads-dr-0', { phase: 'Bound' });
    await patchStatus('pod', 'uploads-dr-0', ready);
    await patchStatus('statefulset', 'uploads-dr', { replicas: 1, readyReplicas: 1 });
    await finds('nothing', []);
    assert.deepEqual(ofLevel(await diagnose(), 'fine'), [
      `injection ${namespace}/uploads`,
      `operator ${operatorNamespace}`,
      `status ${namespace}/uploads`,
      'webhook syncreplica',
    ]);
  });

  test('an agent that is of the version before, as a warning', async () => {
    const annotate = (value: string) =>
      plane.kubectl('annotate', 'pod', 'web-1', '-n', namespace, '--overwrite', value);
    await annotate(`${annotations.status}={"version":"0.0.1"}`);
    const said = await finds('its version', [], [`version ${namespace}/web-1`]);
    assert.match(said, /its agent is of version 0\.0\.1, the operator of \d+\.\d+\.\d+; do: restart the pod/);
    await annotate(`${annotations.status}={"version":"${packageJson.version}"}`);
    await finds('nothing', []);
  });

  test('a clock that is off, of the machine that it runs on', async () => {
    const off = { NODE_OPTIONS: `--require=${clockAhead}` };
    const said = await finds('this machine', [], ['clock this machine'], off);
    assert.match(said, /differs from the API server's by (1h|60m|59m).*do: set the clock \(NTP\)/);
  });

  test('a clock that is off, of the node that an agent runs on', async () => {
    await agent?.stop();
    agent = await startAgentProcess(on, `export NODE_OPTIONS=--require=${clockAhead}`);
    writeFileSync(join(folder, 'source', 'later'), 'content');
    const said = await finds('its node', [], [`clock ${namespace}/uploads dr`]);
    assert.match(said, /in the future: the clock of its node is ahead; do: set the clock of the node \(NTP\)/);
  });
});
