import type { TargetSettings } from '../../../src/api/settings/replication-settings.ts';
import type { ControlClient } from '../../protocol/connection/control-client.ts';
import type { Lineage, Position, ReceiverLife } from '../../protocol/control.ts';
import type { RelPath } from '../changes/change.ts';
import type { ThrottledStream } from '../rsync/throttle.ts';
import type { Dial } from '../rsync/tunnel.ts';
import type { AgentNote } from './notes/agent-note.ts';

/** An open way to a target, good for one session. */
export interface Link {
  /** What rsync is given as destination, with a trailing slash. */
  readonly destination: string;
  readonly password: string | undefined;
  readonly dial: Dial;
  /** Of a target that is reached by a remote shell: rsync's `--rsh`, instead of dialing. */
  readonly rsh?: string;
  /** Flags that pushes to this kind of target need. */
  readonly targetArgs: readonly string[];
  /** Flags for a run that sends this path alone, to go on with it after a broken one. */
  readonly partialArgs: (path: RelPath, isNew: boolean) => readonly string[];
  /** The replica's directory as the daemon names it in its messages. */
  readonly targetRoot: string;
  /** The writer's epoch; 0 for a plain rsync daemon, which knows none. */
  readonly epoch: number;
  /** Nobody else has written there since the epoch that we came with. */
  readonly continues: boolean;
  /** How far the target says it is, durably; null where it can't say. */
  readonly position: Position | null;
  /** See ReceiverLife; null for a plain rsync daemon. */
  readonly life: ReceiverLife | null;
  /** Whose data the target holds; null where it can't say. */
  readonly lineage: string | null;
  /** What the target rounds times of files down to, ns; 1 where it keeps them, and where it can't say. */
  readonly timeGranularityNs: number;
  /** The target keeps what a run replaces, if its frames name it before; `dial` leads to one that expects frames then. */
  readonly hasHistory: boolean;
  /** It takes small files without rsync: see small-files.ts. */
  readonly takesSmallFiles?: boolean;
  /** What the last writer left there. */
  readonly note: AgentNote | undefined;
  /** Keeps the writer's note where the target can't. */
  readonly keepNote: ((text: string) => void) | undefined;
  /** Where the target says nothing by itself: throws when it is found to be gone. */
  readonly look?: () => Promise<void>;
  /** For what is answered at once: nothing slow keeps its connection busy. */
  readonly pulse?: ControlClient;
  /** Has the target answer on a new connection. */
  readonly askAnew?: () => Promise<unknown>;
  /** Only a receiver takes hints and reports. */
  readonly control: ControlClient | undefined;
  /** Ends what was opened with it. */
  readonly close: () => void;
}

export interface LinkOptions {
  readonly holder: string;
  /** The epoch that this agent holds at this target, 0 for none. */
  readonly epoch: number;
  readonly controllerEpoch: number;
  readonly takeOver: boolean;
  /** Whose data this agent brings, where it can say. */
  readonly lineage?: Lineage;
  /** As in a LeaseRequest. */
  readonly adopt?: true | number;
  /** Where notes for targets that keep none lie; absent: nowhere. */
  readonly stateDir?: string;
  /** What bytes towards the target go through where they don't go through a tunnel. */
  readonly throttle?: (() => ThrottledStream) | undefined;
}

export type OpenLink = (target: TargetSettings, options: LinkOptions) => Promise<Link>;

/** A way to read what a receiver keeps, which needs no lease; `root` is what its status says. */
export type ReadingLink = Pick<Link, 'destination' | 'password' | 'dial' | 'rsh' | 'targetRoot' | 'close'>;
