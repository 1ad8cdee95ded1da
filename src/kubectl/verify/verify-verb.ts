import { annotations } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { annotate } from '../annotate.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { withCluster } from '../open-cluster.ts';
import { standingsOf } from '../summary.ts';
import { nameOf, type RunVerb } from '../verb.ts';
import type { VerifiedReplica } from './describe-verification.ts';
import { followVerification } from './follow-verification.ts';

const verifiedOf = (replica: SyncReplica): VerifiedReplica[] =>
  standingsOf(replica).map(({ volume, row: { target, verification } }) => ({
    name: `${volume} → ${target}`,
    progress: verification?.progress,
    answered: verification?.answered,
    entries: verification?.entries ?? 0,
    differences: verification?.differences ?? 0,
    found: verification?.found ?? 0,
    repaired: verification?.repaired ?? 0,
    samples: verification?.samples ?? [],
    trouble: verification?.trouble,
    held: 0,
  }));

/** Asks by the annotation that plain kubectl would set, and with `--wait` shows what comes out of it. */
export const runVerify: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const name = nameOf(call);
    const before = verifiedOf(await fetchReplica(cluster, name));
    const asked = new Date().toISOString();
    await annotate(cluster, name, { [annotations.verifyRequestedAt]: asked });
    console.log(`${name}: a verification is asked for`);
    if (!call.options.wait) return;
    const isClean = await followVerification({
      before,
      look: async () => verifiedOf(await fetchReplica(cluster, name)),
      isAnswered: ({ answered }) => answered === asked,
    });
    const { status } = await fetchReplica(cluster, name);
    const held = status?.conditions?.find((one) => one.type === 'DeletesHeld' && one.status === 'True');
    if (held) console.log(held.message);
    process.exitCode = isClean && !held ? 0 : 1;
  });
