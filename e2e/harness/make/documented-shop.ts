import { runDocumented } from '../documented.ts';
import { untilCondition } from '../look/conditions.ts';
import { runningPod } from '../look/pods.ts';
import type { Context } from '../scenario.ts';

/** The namespace of the pages, with the application `web` and the SyncReplica `uploads` of its claim. */
export interface DocumentedShop {
  readonly namespace: string;
  /** Runs a command of a page as it stands there, as a step of its own. */
  run(command: string): Promise<string>;
  /** Runs a shell command in the application's container. */
  inWeb(script: string): Promise<string>;
}

/** Makes it as the pages do, and gives it to `work` once it is in sync; gone afterwards. */
export const inShop = async (context: Context, work: (shop: DocumentedShop) => Promise<void>): Promise<void> => {
  const namespace = 'shop';
  const run = (command: string) => context.step(command, () => runDocumented(context, command));
  const remove = () => context.kubectl(['delete', 'namespace', namespace, '--ignore-not-found']);
  await remove();
  try {
    await run('kubectl create namespace shop');
    await run('kubectl apply --namespace shop --filename docs/examples/replica.yaml');
    await run('kubectl apply --namespace shop --filename docs/examples/application.yaml');
    await untilCondition(context, namespace, 'uploads', 'InSync', 'True');
    const inWeb = async (script: string): Promise<string> => {
      const pod = await runningPod(context, namespace, 'web');
      return context.exec({ namespace, pod: pod.metadata.name, container: 'web' }, ['sh', '-c', script]);
    };
    await work({ namespace, run, inWeb });
  } finally {
    await remove();
  }
};
