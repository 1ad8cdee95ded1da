import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { Program } from '../../testing/programs/program.ts';
import { programs } from '../../testing/programs/programs.ts';
import { changedAtMs } from '../../testing/soak/age-of-difference.ts';
import { findLies } from '../../testing/soak/find-lies.ts';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { programsImage } from '../cluster/programs-image.ts';
import { coveredAtMs } from '../harness/look/covered-at.ts';
import { inApp, runningPod } from '../harness/look/pods.ts';
import { makePod } from '../harness/make/application.ts';
import { type ReplicatedApplication, startApplication } from '../harness/make/replicated-application.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

const project = dirname(dirname(import.meta.dirname));
const rounds = 4;
/** These give files to others, and are root at first as in their images; the rest is one user without rights. */
const ofTwoUsers = ['uploads', 'web-uploads'];
const elevated = { access: 'Elevated' };

/** Programs as people run them, in pods with an agent: in sync is said only when it is true, each copy is equal, and is what its user expects. */
export const scenario = defineScenario({
  name: 'programs',
  needsFaults: true,
  needsPrograms: true,
  async run(context) {
    const namespace = await context.namespace({ 'syncreplica.io/allow-elevated': 'true' });
    const isOfTwo = ({ name }: Program): boolean => ofTwoUsers.includes(name);
    await runAll(
      context,
      namespace,
      'one-user',
      programs.filter((program) => !isOfTwo(program)),
    );
    const spec = {
      source: { persistentVolumeClaim: 'two-users', ...elevated },
      sync: { preserve: { owners: true } },
      targets: [{ name: 'dr', managed: { storage: '64Mi', ...elevated } }],
    };
    const asRoot = { pod: { securityContext: {} }, container: { securityContext: {} } };
    await runAll(context, namespace, 'two-users', programs.filter(isOfTwo), spec, asRoot);
  },
});

interface Users {
  readonly pod?: KubeObject;
  readonly container?: KubeObject;
}

const runAll = async (
  context: Context,
  namespace: string,
  name: string,
  chosen: readonly Program[],
  spec: object = {},
  users: Users = {},
): Promise<void> => {
  const container = { ...users.container, image: programsImage };
  const application = await startApplication(context, spec, { ...users, container, namespace, name });
  const [source, target] = [
    await context.volumePath(namespace, name),
    join(await context.volumePath(namespace, `data-${name}-dr-0`), 'data'),
  ];
  const pod = (await application.pod()).metadata.name;
  const reader = await startReader(context, application, users);
  for (const one of [pod, reader]) await bringPrograms(context, namespace, one);
  for (const [seed, program] of chosen.entries()) {
    await context.step(`${program.name}: ${program.expects}`, async () => {
      const run = `cd /tmp/programs && node testing/programs/run-program.ts ${program.name} /data/${program.name} ${seed} ${rounds}`;
      await whileTrue(context, { namespace, receiver: `${name}-dr-0`, source, target }, program.name, () =>
        application.run(run),
      );
      await application.untilSame();
      assert.deepEqual(await compareTrees(source, target, { owners: users.pod !== undefined }), []);
      await inApp(
        context,
        namespace,
        reader,
        `cd /tmp/programs && node testing/programs/check-program.ts ${program.name} /copy/${program.name}`,
      );
    });
  }
};

/** A pod that reads the copy, as the user of a program looks at it. */
const startReader = async (
  context: Context,
  { namespace, name }: ReplicatedApplication,
  users: Users,
): Promise<string> => {
  const reader = `${name}-reader`;
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: `data-${name}-dr-0` } }];
  const volumeMounts = [{ name: 'data', mountPath: '/copy', subPath: 'data', readOnly: true }];
  const container = { ...users.container, image: programsImage, volumeMounts };
  await context.apply(makePod(context, reader, { pod: { ...users.pod, volumes }, container }), namespace);
  return (await runningPod(context, namespace, reader)).metadata.name;
};

/** They need nothing but Node, and what they are named for. */
const bringPrograms = async (context: Context, namespace: string, pod: string): Promise<void> => {
  const files = ['testing/programs', 'testing/storm/random.ts', 'package.json'];
  const packed = execFileSync('tar', ['--create', '--gzip', '--directory', project, ...files]);
  const unpack = 'mkdir /tmp/programs && tar --extract --gzip --no-same-owner --directory /tmp/programs';
  await context.kubectl(['exec', '-i', '-n', namespace, pod, '-c', 'app', '--', 'sh', '-c', unpack], {
    input: Readable.from([packed]),
  });
};

interface Sides {
  readonly namespace: string;
  readonly receiver: string;
  readonly source: string;
  readonly target: string;
}

/** Asks while `work` goes on, and until the target is said to be the source as of its end: what is said must be true each time. */
const whileTrue = async (
  context: Context,
  { namespace, receiver, source, target }: Sides,
  what: string,
  work: () => Promise<string>,
): Promise<void> => {
  let endedAt = Number.POSITIVE_INFINITY;
  const working = work().finally(() => {
    endedAt = Date.now();
  });
  // It is awaited below.
  working.catch(() => {});
  let asked = 0;
  const lies: object[] = [];
  await context.waitFor(
    `the target to be the source as of the end of ${what}`,
    async () => {
      const at = await coveredAtMs(context, namespace, receiver);
      asked += 1;
      // No event tells of what SQLite writes there through a mapping, and it is worth nothing to who opens the database next.
      const isExcluded = (path: string): boolean => path.endsWith('-shm');
      // Names of one file that are sent again after a lost connection are parted until the run that does it has ended.
      const found = await compareTrees(source, target, { exclude: isExcluded, hardLinks: false });
      const aged = found.map((one) => ({ ...one, ageMs: at - youngestAboveMs(source, one.path) }));
      lies.push(...findLies({ inSync: true, lagSeconds: 0 }, aged).map((lie) => ({ at, lie })));
      return at > endedAt;
    },
    600_000,
  );
  await working;
  assert.deepEqual(lies, [], 'it was said to be the source, and differed');
  context.log(`${what}: held against a comparison ${asked} times`);
};

/** When a path or a directory above it changed last: what is moved keeps its own time. */
const youngestAboveMs = (source: string, path: string): number => {
  const names = path.split('/');
  return Math.max(...names.map((_, n) => changedAtMs(source, names.slice(0, n + 1).join('/'))));
};
