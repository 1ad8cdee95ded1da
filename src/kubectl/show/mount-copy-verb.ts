import { readersHostPath } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { Failure } from '../../process/failure.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { formOf, printValue } from '../answer.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { withCluster } from '../open-cluster.ts';
import { type Call, nameOf, type RunVerb } from '../verb.ts';

export interface CopyWish {
  readonly target: string;
  /** The container that reads. */
  readonly container: string;
  /** A claim that all share, to be read while the node's copy is not fresh. */
  readonly shared?: string;
}

const chooserImage = 'docker.io/library/busybox:1.37';
/** Links to the copy while it is fresh, else to the volume that all share; the link is replaced as a whole. */
const choose = `while true; do
  root=/shared
  test "$(cat /copy/fresh/until 2>/dev/null || echo 0)" -gt "$(date +%s)" && root=/copy/data
  ln -sfn $root /choice/next && mv -T /choice/next /choice/root
  sleep 1
done
`;

/**
 * The strategic merge patch that lets a container of a workload read the copy of its node: whatever may be patched has its own
 * pod template. @throws Failure `NoReaders`
 */
export const mountCopy = ({ metadata, spec }: SyncReplica, { target, container, shared }: CopyWish): object => {
  const { name, namespace = '' } = metadata;
  const readers = spec.targets?.find((one) => one.name === target)?.readers;
  const why = readers === undefined ? 'it has no readers' : `its readers keep their copies by volume ${readers.volume}`;
  if (readers === undefined || (readers.volume ?? 'HostPath') !== 'HostPath')
    throw new Failure('NoReaders', `mount a copy of ${name}/${target}: ${why}`, {
      hint: 'pods of a node reach what readers keep by volume: HostPath; write for example readers: { replicas: 3 }',
    });
  const readOnly = (volume: string) => ({ name: volume, mountPath: `/${volume}`, readOnly: true });
  const mine = shared === undefined ? ['copy'] : ['copy', 'shared', 'choice'];
  const chooser = {
    name: 'choose',
    image: chooserImage,
    command: ['sh', '-c', choose],
    volumeMounts: [readOnly('copy'), { name: 'choice', mountPath: '/choice' }],
  };
  const copy = { path: readersHostPath(namespace, name, target), type: 'DirectoryOrCreate' };
  return {
    spec: {
      template: {
        spec: {
          ...(readers.nodeSelector === undefined ? {} : { nodeSelector: readers.nodeSelector }),
          containers: [
            { name: container, volumeMounts: mine.map(readOnly) },
            ...(shared === undefined ? [] : [chooser]),
          ],
          volumes: [
            { name: 'copy', hostPath: copy },
            ...(shared === undefined
              ? []
              : [
                  { name: 'shared', persistentVolumeClaim: { claimName: shared } },
                  { name: 'choice', emptyDir: {} },
                ]),
          ],
        },
      },
    },
  };
};

const wishOf = ({ second, options }: Call): CopyWish => {
  const { container, shared } = options;
  if (typeof container !== 'string')
    throw new UsageFailure('--container is missing', { hint: 'write the name of the container that reads' });
  return { target: second as string, container, ...(typeof shared === 'string' ? { shared } : {}) };
};

/** Prints it; kubectl applies it. */
export const runMountCopy: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const form = formOf(call.options.output, ['table', 'json', 'yaml'], 'patches');
    const wish = wishOf(call);
    printValue(form === 'json' ? 'json' : 'yaml', mountCopy(await fetchReplica(cluster, nameOf(call)), wish));
  });
