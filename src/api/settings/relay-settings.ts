import { type ReaderTree, readersFedBy } from '../reader-tree.ts';
import type { ReceiverTarget, ReplicationSettings } from './replication-settings.ts';

/** What all receivers of a target are told of who feeds whom; each finds its own part by its ordinal. The operator writes it as JSON. */
export interface RelaySettings {
  readonly tree: ReaderTree;
  /** A reader's host is the first of these, its ordinal, and the second. */
  readonly host: readonly [before: string, after: string];
  /** What all readers have in common. */
  readonly target: Omit<ReceiverTarget, 'kind' | 'name' | 'host'>;
  /** What the agents of the source are told, but for the targets and where the source is. */
  readonly settings: Omit<ReplicationSettings, 'targets' | 'source' | 'generation'>;
}

/** The settings of the agent that copies on what a receiver has: of the reader with that ordinal, or of the target's own without one. */
export const relaySettingsOf = (
  { tree, host: [before, after], target, settings }: RelaySettings,
  ordinal: number | undefined,
  place: Pick<ReplicationSettings, 'source' | 'generation'>,
): ReplicationSettings => ({
  ...settings,
  ...place,
  relay: true,
  targets: readersFedBy(tree, ordinal).map((reader) => ({
    ...target,
    kind: 'receiver',
    name: `reader-${reader}`,
    host: `${before}${reader}${after}`,
  })),
});
