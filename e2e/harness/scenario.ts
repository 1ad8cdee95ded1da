import type { CommandOptions, CommandResult } from '../cluster/command.ts';
import type { CsiDriver } from '../cluster/csi.ts';
import type { Faults } from '../cluster/faults.ts';
import type { OutsideProgram } from '../cluster/outside.ts';

/** One scenario: a story told to a real cluster. Its file exports it under the name `scenario`. */
export interface Scenario {
  /** The name of its file, and what `npm run e2e NAME` calls it. */
  readonly name: string;
  /** `operator` (default): the chart is installed before. `cluster`: nothing of ours is needed. */
  readonly needs?: 'operator' | 'cluster';
  /** True when it uses `faults`, `volumePath`, `outside` or `startCsi`, which only a cluster of our own has. Elsewhere it is left out, and said so. */
  readonly needsFaults?: boolean;
  /** True when it runs the version before this one too: its images are built from the project's history. */
  readonly needsEarlier?: boolean;
  /** True when its pods run the image of programs, which is made here. */
  readonly needsPrograms?: boolean;
  /** Nodes it needs, 1 by default. */
  readonly nodes?: number;
  /** True when it uses `other`, a second cluster of our own; the chart is installed there too. */
  readonly needsOther?: boolean;
  run(context: Context): Promise<void>;
}

/** A container of a pod. */
export interface ContainerRef {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Any Kubernetes object as JSON gives it; a scenario says what it expects of it. */
// biome-ignore lint/suspicious/noExplicitAny: the schema is the apiserver's, and a wrong field fails the scenario
export type KubeObject = any;

/** What a scenario is given. Everything it makes in a namespace of its own is gone after it. */
export interface Context {
  /** The nodes' names, in order. */
  readonly nodes: readonly string[];
  /** Things to be done to the cluster; healed after each scenario. Reading it elsewhere throws (see `needsFaults`). */
  readonly faults: Faults;
  /** A second cluster, and the network between the two. Reading it without `needsOther` throws. */
  readonly other: OtherCluster;
  /** An image with Node and a shell, for pods of a scenario. */
  readonly toolImage: string;
  /** A fresh namespace with these labels, removed after the scenario. Its name begins with the scenario's. */
  namespace(labels?: Readonly<Record<string, string>>): Promise<string>;
  /** Runs the real kubectl; gives its standard output. Throws ClusterError `command-failed` with what it said. */
  kubectl(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** The same for a call that may fail. */
  tryKubectl(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Applies YAML, or objects, into a namespace (server-side, as the field manager "e2e"). */
  apply(manifest: string | KubeObject | readonly KubeObject[], namespace?: string): Promise<void>;
  /** Reads one object or, without a name, a list's items; undefined when it is not there. */
  get(kind: string, name: string, namespace?: string): Promise<KubeObject | undefined>;
  list(kind: string, namespace?: string, selector?: string): Promise<readonly KubeObject[]>;
  /** Looks until `look` gives something other than undefined or false, and returns it; a look that throws counts as "not yet". Default 120 s. */
  waitFor<T>(what: string, look: () => Promise<T | undefined | false>, timeoutMs?: number): Promise<T>;
  /** Runs a command in a container; gives its standard output. */
  exec(where: ContainerRef, command: readonly string[], options?: CommandOptions): Promise<string>;
  /** Runs the real helm; gives its standard output. */
  helm(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** The folder on this host where a claim's content is seen strictly from outside, not through any pod. */
  volumePath(namespace: string, claim: string): Promise<string>;
  /** The same for the emptyDir of a pod, given as the apiserver gave it. */
  emptyDirPath(pod: KubeObject, volume: string): string;
  /** Starts a program with this host's files on a machine beside the cluster; the scenario stops it. */
  outside(command: readonly string[]): OutsideProgram;
  /** Starts a CSI driver with snapshots; it goes after the scenario. */
  startCsi(): Promise<CsiDriver>;
  /** A line for the reader of the run. */
  log(text: string): void;
  /** A part of the scenario with a name and a time of its own. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
}

/** A cluster beside the one that a scenario runs on; a Service of either is reached from the other by what `offer` gives. */
export interface OtherCluster {
  readonly context: Context;
  /** Cuts the network between the two, and brings it back. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Bytes that went between the two so far, both ways. */
  crossed(): Promise<number>;
  /** The apiserver there as this cluster's network reaches it. */
  readonly server: string;
  /** Does what a provider does for a LoadBalancer Service of one of the two, and says in its status by which address. */
  offer(where: Context, namespace: string, service: string): Promise<void>;
}

/** Says of an object that it is a scenario, and checks it as one. */
export function defineScenario(scenario: Scenario): Scenario {
  return scenario;
}
