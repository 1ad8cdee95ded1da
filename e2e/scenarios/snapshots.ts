import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { annotations, labels } from '../../src/api/names.ts';
import type { CsiDriver } from '../cluster/csi.ts';
import { untilCondition } from '../harness/look/conditions.ts';
import { inApp } from '../harness/look/pods.ts';
import { differencesOf, untilSameFolders } from '../harness/look/trees.ts';
import { makePod, smallClaim } from '../harness/make/application.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

const fill =
  'mkdir /data/d && for i in $(seq 200); do echo $i > /data/d/$i; done; ln /data/d/1 /data/hard; ln -s d/2 /data/link; chmod 600 /data/d/3';
const change = 'rm -r /data/d && echo later > /data/later';

/** A real CSI driver snapshots a target's claim by a schedule, at checkpoints; a claim from one is the source as it was; old ones go. */
export const scenario = defineScenario({
  name: 'snapshots',
  needsFaults: true,
  async run(context) {
    const driver = await context.step('a CSI driver', () => context.startCsi());
    const saved = mkdtempSync(join(tmpdir(), 'syncreplica-snapshots-'));
    try {
      await walk(context, driver, saved);
    } finally {
      rmSync(saved, { recursive: true, force: true });
    }
  },
});

const walk = async (context: Context, driver: CsiDriver, saved: string): Promise<void> => {
  const { className } = driver;
  const managed = { storage: '64Mi', storageClassName: className };
  const targets = [{ name: 'dr', managed, snapshots: { schedule: '* * * * *', keep: 2, className } }];
  const app = await startApplication(context, { targets });
  const { namespace } = app;
  const source = await context.volumePath(namespace, 'web');
  const pathOf = async (claim: string): Promise<string> => {
    const { spec } = await context.get('persistentvolumeclaim', claim, namespace);
    const volume = await context.get('persistentvolume', spec.volumeName);
    return driver.volumePath(volume.spec.csi.volumeHandle);
  };
  const target = join(await pathOf('data-web-dr-0'), 'data');
  const snapshots = () =>
    context.list('volumesnapshots.snapshot.storage.k8s.io', namespace, `${labels.replica}=web,${labels.target}=dr`);
  await app.run(fill);
  await untilSameFolders(context, source, target);
  execFileSync('cp', ['-a', `${source}/.`, saved]);
  const filledAt = Date.now();
  const first = await context.step('one is taken at a checkpoint', () =>
    context.waitFor('a snapshot of all that is there', async () =>
      (await snapshots()).find(
        ({ metadata, status }) =>
          Date.parse(metadata.creationTimestamp) > filledAt &&
          status?.readyToUse &&
          metadata.annotations?.[mark] === 'true',
      ),
    ),
  );
  await untilCondition(context, namespace, 'web', 'SnapshotsTaken', 'True');
  const [row] = (await context.get('syncreplica', 'web', namespace)).status.snapshots;
  assert.ok(row.names.includes(first.metadata.name) && row.ready >= 1, JSON.stringify(row));
  await app.run(change);
  await untilSameFolders(context, source, target);

  await context.step('a claim from it is the source as it was', async () => {
    await context.apply(claimFrom(first.metadata.name, className), namespace);
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'restored' } }];
    const volumeMounts = [{ name: 'data', mountPath: '/data', subPath: 'data' }];
    // With an fsGroup the kubelet would change every mode.
    const securityContext = { runAsUser: 1000, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
    const pod = { volumes, securityContext };
    await context.apply(makePod(context, 'look', { pod, container: { volumeMounts } }), namespace);
    await context.kubectl(['wait', 'pod/look', '--for=condition=Ready', '--timeout=120s', '--namespace', namespace]);
    assert.equal((await inApp(context, namespace, 'look', 'cat /data/d/200')).trim(), '200');
    assert.deepEqual(await differencesOf(saved, join(await pathOf('restored'), 'data')), []);
  });
  await context.step('old ones go', () =>
    context.waitFor(
      'the first to go',
      async () => {
        const there = await snapshots();
        return there.length === 2 && !there.some(({ metadata }) => metadata.name === first.metadata.name);
      },
      300_000,
    ),
  );
  await context.waitFor('an Event of each', async () => {
    const events = await context.list('events.events.k8s.io', namespace);
    return events.some(
      ({ reason, note }: KubeObject) => reason === 'SnapshotTaken' && /was its source then/.test(note),
    );
  });
};

const mark = annotations.atCheckpoint;

const claimFrom = (name: string, storageClassName: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'restored' },
  spec: {
    ...smallClaim,
    storageClassName,
    dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name },
  },
});
