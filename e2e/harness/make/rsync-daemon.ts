import { operatorNamespace } from '../chart.ts';
import type { Context } from '../scenario.ts';

const password = 'rather-long-password';
const port = 8873;
const selector = { app: 'rsyncd' };

/** A plain rsync daemon in a pod, as an external target that can be cut off and healed by its Service. */
export interface Daemon {
  readonly external: object;
  cutOff(): Promise<void>;
  heal(): Promise<void>;
}

/** Makes the daemon, whose data is in the claim `kept`, and waits until it runs. */
export const makeDaemon = async (context: Context, namespace: string): Promise<Daemon> => {
  const [operator] = await context.list('deployments', operatorNamespace);
  const { value: image } = operator.spec.template.spec.containers[0].env.find(
    ({ name }: { name: string }) => name === 'SYNCREPLICA_AGENT_IMAGE',
  );
  const config =
    'use chroot = no\n[web]\npath = /replica/web\nread only = no\nauth users = shop\nsecrets file = /etc/rsyncd/secrets\nstrict modes = no\n';
  const service = (wanted: object) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'rsyncd' },
    spec: { selector: wanted, ports: [{ port }] },
  });
  const secret = (name: string, stringData: object) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    stringData,
  });
  await context.apply(
    [
      secret('rsyncd', { 'rsyncd.conf': config, secrets: `shop:${password}\n` }),
      secret('offsite', { username: 'shop', password }),
      service(selector),
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'kept' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'rsyncd', labels: selector },
        spec: {
          securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
          containers: [
            {
              name: 'rsyncd',
              image,
              imagePullPolicy: 'IfNotPresent',
              // The volume's own root belongs to root.
              command: [
                'sh',
                '-c',
                `mkdir -p /replica/web && exec rsync --daemon --no-detach --port=${port} --config=/etc/rsyncd/rsyncd.conf`,
              ],
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
  const address = `rsyncd.${namespace}.svc`;
  return {
    external: { address, port, module: 'web', secretName: 'offsite', tls: 'None', allowPlaintext: true },
    cutOff: () => context.apply(service({ app: 'nobody' }), namespace),
    heal: () => context.apply(service(selector), namespace),
  };
};
