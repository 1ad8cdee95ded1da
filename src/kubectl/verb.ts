/** What every verb can be told: which cluster, which namespace, in which form to answer. */
export interface ClusterOptions {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly output?: string;
}

/** One call of a verb. `name` is the SyncReplica's, where one was given. */
export interface Call {
  readonly name: string | undefined;
  /** The second word of a verb that has one: a target's name. */
  readonly second?: string | undefined;
  readonly third?: string | undefined;
  readonly options: ClusterOptions & Readonly<Record<string, string | boolean | undefined>>;
}

export type RunVerb = (call: Call) => Promise<void>;

export interface VerbFlag {
  readonly flag: string;
  readonly help: string;
  readonly repeatable?: boolean;
}

/** A verb of `kubectl syncreplica`. The code is loaded only when it is called. */
export interface Verb {
  readonly name: string;
  readonly description: string;
  /** The word after the verb: the SyncReplica's name, unless it is called otherwise. */
  readonly argument: 'none' | 'optional' | 'required';
  readonly argumentName?: string;
  /** What a second word is, as needed as the first. */
  readonly second?: string;
  /** What a third word is, which may be left out. */
  readonly third?: string;
  readonly flags: readonly VerbFlag[];
  /** Whether all namespaces can be asked for. */
  readonly everywhere?: boolean;
  /** Forms of the answer besides a table; none where it has no other. */
  readonly forms?: readonly string[];
  readonly load: () => Promise<RunVerb>;
}

/** A name that the command line has made sure of. */
export const nameOf = (call: Call): string => call.name as string;
