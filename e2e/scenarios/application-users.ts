import assert from 'node:assert/strict';
import { runningPod } from '../harness/look/pods.ts';
import { makeApplication } from '../harness/make/application.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

interface Kind {
  readonly spec?: object;
  readonly pod: KubeObject;
  /** How it writes a file that only its own user may read. */
  readonly write: string;
  readonly read: string;
}

/** Files of mode 0600 can be read by the application that is started on the copy: without an fsGroup, and with users of its own making. */
export const scenario = defineScenario({
  name: 'application-users',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace({ 'syncreplica.io/allow-elevated': 'true' });
    for (const [name, kind] of Object.entries(kinds)) {
      await context.step(name, () => failsOver(context, namespace, name, kind(context)));
    }
  },
});

/** As an image's entry point does it before the program starts. */
const givenTo = (context: Context, uid: number): KubeObject => ({
  name: 'owner',
  image: context.toolImage,
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c', `chown ${uid}:${uid} /data`],
  securityContext: { runAsUser: 0 },
  volumeMounts: [{ name: 'data', mountPath: '/data' }],
});

const as = (uid: number, script: string): string =>
  `setpriv --reuid=${uid} --regid=${uid} --clear-groups sh -c "${script}"`;

const secret = 'umask 077; mkdir -p /data/d && echo mine > /data/d/secret';

const kinds: Readonly<Record<string, (context: Context) => Kind>> = {
  // php-fpm, as www-data from its first process on.
  php: (context) => ({
    pod: { securityContext: { runAsUser: 33, runAsGroup: 33 }, initContainers: [givenTo(context, 33)] },
    write: secret,
    read: 'cat /data/d/secret',
  }),
  // nginx: a master that is root, and workers that write as another.
  nginx: () => {
    const access = { access: 'Elevated' };
    return {
      spec: {
        source: { persistentVolumeClaim: 'nginx', ...access },
        sync: { preserve: { owners: true } },
        targets: [{ name: 'dr', managed: { storage: '64Mi', ...access } }],
      },
      pod: { securityContext: {} },
      write: `mkdir -p /data/worker && chown 101:101 /data/worker && echo root > /data/root && chmod 600 /data/root && ${as(101, secret.replaceAll('/data/d', '/data/worker/d'))}`,
      read: `[ $(cat /data/root) = root ] && ${as(101, 'cat /data/worker/d/secret')}`,
    };
  },
};

const failsOver = async (context: Context, namespace: string, name: string, kind: Kind): Promise<void> => {
  const options = { pod: kind.pod, container: { securityContext: {} } };
  const application = await startApplication(context, kind.spec, { namespace, name, ...options });
  await application.run(kind.write);
  await application.untilSame();
  await context.kubectl(['delete', `deployment/${name}`, `syncreplica/${name}`, '-n', namespace, '--timeout=120s']);
  const [, copy] = makeApplication(context, { name: `${name}-copy`, claim: `data-${name}-dr-0`, ...options });
  const { spec } = copy.spec.template;
  // Nothing gives it the files: they have to be its own already.
  delete spec.initContainers;
  spec.containers[0].volumeMounts[0].subPath = 'data';
  await context.apply(copy, namespace);
  const moved = await runningPod(context, namespace, `${name}-copy`);
  const app = { namespace, pod: moved.metadata.name, container: 'app' };
  const run = async (script: string): Promise<string> => (await context.exec(app, ['sh', '-c', script])).trim();
  assert.equal(await run(kind.read), 'mine');
  await run(kind.write);
  assert.equal(await run(kind.read), 'mine', 'and written again');
};
