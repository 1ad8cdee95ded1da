import type { ContainerSecurity, Pod, UserContext } from '../pods/pod.ts';
import { userOf, type VolumeUser } from '../pods/user-of.ts';
import type { AgentPlacement } from './policy.ts';

/**
 * The agent's security context. Pod Security "restricted" holds for SameUser wherever it holds for the application,
 * "baseline" for Elevated.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export const agentSecurity = (pod: Pod, agent: AgentPlacement): ContainerSecurity => {
  const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((c) => c.name === agent.user);
  const user = container?.securityContext ?? {};
  return {
    ...(agent.access === 'Elevated'
      ? { runAsUser: 0, runAsGroup: 0, runAsNonRoot: false }
      : sameUser(userOf(pod, agent.volume))),
    ...(user.seLinuxOptions ? { seLinuxOptions: user.seLinuxOptions } : {}),
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], ...addedCapabilities(agent) },
    seccompProfile: { type: 'RuntimeDefault' },
  };
};

/**
 * Where the manifest names no user, the image does, and what that is can't be known here. Root without capabilities
 * then reads all that any other user could, and what root owns besides; a pod that must not run as root leaves it to
 * the user of the agent's own image.
 */
const sameUser = (user: VolumeUser | undefined): UserContext => {
  const group = user?.gid === undefined ? {} : { runAsGroup: user.gid };
  if (user?.uid !== undefined) return { runAsUser: user.uid, ...group, runAsNonRoot: user.uid !== 0 };
  if (user?.mustNotBeRoot) return { ...group, runAsNonRoot: true };
  return { runAsUser: 0, ...group, runAsNonRoot: false };
};

/** Reading past file modes needs DAC_OVERRIDE; a restore also gives files back to their owners. */
const addedCapabilities = ({ access, restore }: AgentPlacement): { add?: string[] } => {
  if (access === 'SameUser') return {};
  return { add: restore === 'IfEmpty' ? ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'] : ['DAC_OVERRIDE'] };
};
