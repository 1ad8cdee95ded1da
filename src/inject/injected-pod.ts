import type { Pod } from '../pods/pod.ts';
import { Failure } from '../process/failure.ts';

/**
 * Checks of an injected pod what an apiserver would refuse it for: a pod is better off without its agent than refused.
 * @throws Failure `WouldBeRefused`
 */
export const checkInjectedPod = (pod: Pod): void => {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const volumes = (pod.spec.volumes ?? []).map(({ name }) => name);
  const fail = (why: string): never => {
    throw new Failure('WouldBeRefused', `inject pod: ${why}`, {
      hint: 'names that begin with syncreplica- are reserved; rename the container or volume',
    });
  };
  const twice = (names: readonly string[]): string | undefined => names.find((name, at) => names.indexOf(name) !== at);
  const container = twice(containers.map(({ name }) => name));
  if (container !== undefined) fail(`two containers are named ${container}`);
  const volume = twice(volumes);
  if (volume !== undefined) fail(`two volumes are named ${volume}`);
  for (const { name, volumeMounts = [], ports = [] } of containers) {
    const missing = volumeMounts.find((mount) => !volumes.includes(mount.name));
    if (missing) fail(`container ${name} mounts ${missing.name}, which is no volume of the pod`);
    const path = twice(volumeMounts.map(({ mountPath }) => mountPath));
    if (path !== undefined) fail(`container ${name} mounts two volumes at ${path}`);
    if (ports.some(({ containerPort }) => containerPort > 65_535)) fail(`container ${name} has no port left`);
  }
};
