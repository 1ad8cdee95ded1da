import type { AgentStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { VerifiedReplica } from '../../kubectl/verify/describe-verification.ts';
import { followVerification } from '../../kubectl/verify/follow-verification.ts';
import { chooseAgent } from './choose-agent.ts';
import { askAgent } from './control-socket.ts';

const verifiedOf = ({ replicas }: AgentStatus): VerifiedReplica[] =>
  replicas.map(({ target, verification, heldDeletes }) => ({
    name: target,
    progress: verification?.running ?? undefined,
    answered: verification?.answered ?? undefined,
    entries: verification?.entries ?? 0,
    differences: verification?.differences ?? 0,
    found: verification?.found ?? 0,
    repaired: verification?.repaired ?? 0,
    samples: verification?.samples ?? [],
    trouble: verification?.trouble ?? undefined,
    held: heldDeletes?.count ?? 0,
  }));

/** `syncreplica verify`: has a running agent of this machine compare both sides, and shows what comes out of it. */
export const verifyCommand = async ({ source }: { readonly source?: string }): Promise<void> => {
  const agent = await chooseAgent(source);
  const before = verifiedOf(agent.status);
  await askAgent(agent.socket, { verb: 'verify' });
  console.log(`${agent.status.source}: a verification is asked for`);
  const isClean = await followVerification({
    before,
    look: async () => verifiedOf((await askAgent(agent.socket)) as AgentStatus),
    isAnswered: ({ name, answered }) =>
      answered !== undefined && answered !== before.find((one) => one.name === name)?.answered,
  });
  process.exitCode = isClean ? 0 : 1;
};
