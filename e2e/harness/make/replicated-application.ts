import { inApp, runningPod } from '../look/pods.ts';
import { startReplicated } from '../look/replicas.ts';
import { untilSame } from '../look/trees.ts';
import type { Context, KubeObject } from '../scenario.ts';
import { type ApplicationOptions, makeApplication } from './application.ts';
import { makeReplica } from './replica.ts';

/** An application whose claim has a replica at target `dr`, as most scenarios begin with it. */
export interface ReplicatedApplication {
  readonly namespace: string;
  /** Of its Deployment, its claim and its SyncReplica. */
  readonly name: string;
  pod(): Promise<KubeObject>;
  /** Runs a shell command in its container; gives what it prints. */
  run(script: string): Promise<string>;
  /** Waits until source and target are the same, entry by entry. */
  untilSame(): Promise<void>;
}

/** Of a SyncReplica with this spec besides and such an application, which comes after it; in a namespace of its own unless one is given. */
export const startApplication = async (
  context: Context,
  spec: object = {},
  { namespace: given, name = 'web', ...options }: ApplicationOptions & { readonly namespace?: string } = {},
): Promise<ReplicatedApplication> => {
  const namespace = given ?? (await context.namespace());
  await startReplicated(context, namespace, makeReplica(name, spec), makeApplication(context, { name, ...options }));
  const pod = () => runningPod(context, namespace, name);
  return {
    namespace,
    name,
    pod,
    run: async (script) => inApp(context, namespace, (await pod()).metadata.name, script),
    untilSame: () => untilSame(context, namespace, name, `data-${name}-dr-0`),
  };
};
