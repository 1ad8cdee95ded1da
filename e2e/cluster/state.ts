import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { ClusterError } from './failure.ts';
import { clustersFolder, type Layout, layoutOf } from './layout.ts';

/** What is kept of a cluster from its `up` to its `down`. */
export interface ClusterState {
  readonly nodes: number;
  /** Folder of the programs it was started with: a later build must not change a running cluster. */
  readonly bin: string;
  /** True once `up` went through to its end. */
  readonly ready: boolean;
}

/** The state of the cluster, or undefined when there is none of this name. */
export function readState(layout: Layout): ClusterState | undefined {
  if (!existsSync(layout.stateFile)) return undefined;
  return JSON.parse(readFileSync(layout.stateFile, 'utf8')) as ClusterState;
}

export function writeState(layout: Layout, state: ClusterState): void {
  mkdirSync(layout.folder, { recursive: true, mode: 0o700 });
  writeFileSync(layout.stateFile, `${JSON.stringify(state)}\n`);
}

/** The cluster of this name as it was brought up. Throws ClusterError `no-cluster` when it is not there. */
export function openCluster(name: string): { readonly layout: Layout; readonly state: ClusterState } {
  const state = readState(layoutOf(name, 1));
  if (state !== undefined) return { layout: layoutOf(name, state.nodes), state };
  throw new ClusterError('no-cluster', `open cluster ${name}: it is not there`, 'Start it: npm run cluster -- up');
}

/** The names of all clusters on this machine, half-started ones included. */
export function clusterNames(): readonly string[] {
  if (!existsSync(clustersFolder)) return [];
  const found = readdirSync(clustersFolder, { withFileTypes: true });
  return found
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
