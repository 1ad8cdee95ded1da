import type { MendWork, VerifyAccess } from '../verify/verify-access.ts';
import type { ReplicatorOptions } from './replicator-options.ts';
import type { Session } from './session.ts';
import type { ReplicaRecord } from './status/replica-record.ts';

/**
 * What a verification has to know of a replica, and how it has something mended: as any change is sent. Undefined before the
 * first pass is done, when everything may differ.
 */
export function verifyAccess(
  session: Session | undefined,
  record: ReplicaRecord,
  heldBack: ReplicatorOptions['heldBack'],
): VerifyAccess | undefined {
  if (session === undefined || session.isOver || !record.initialPassDone) return undefined;
  const { link, locks, filter, settings, backlog, startRun } = session.options;
  const { replacedAt } = backlog;
  return {
    link,
    locks,
    filter,
    settings,
    whole: record.entries,
    isOver: () => session.isOver,
    holdsDeletions: () => record.held !== null,
    isBehind: () => backlog.unread > 0,
    isBusy: (path) => heldBack().holds(path) || backlog.concerns(path),
    mend: ({ content, attributes, subtrees }: MendWork) => {
      // What was found on a former root says nothing of this one.
      if (backlog.replacedAt !== replacedAt) return;
      backlog.addFound(content);
      backlog.addDirectories(attributes, replacedAt);
      if (subtrees.length > 0) backlog.requestPass('verify', subtrees);
      session.pump();
    },
    startChecksums: (isListed, onOutput) =>
      startRun(link, { flavor: isListed ? 'checksumListed' : 'checksum', onOutput }),
  };
}
