import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rights } from '../../src/kubectl/rights.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { applyStories } from './kubectl-stories.ts';
import { makeUser } from './user.ts';

export interface StoriesPlane {
  readonly plane: ControlPlane;
  readonly folder: string;
  /** Of somebody who has the rights of the plugin's role in the stories' namespace, and no more. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** An apiserver with the stories on it, and a person on call. */
export const startStories = async (): Promise<StoriesPlane> => {
  const plane = await startControlPlane();
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-kubectl-'));
  const stop = async (): Promise<void> => {
    await plane.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await applyStories(plane);
    return {
      plane,
      folder,
      kubeconfig: await makeUser(plane, { name: 'on-call', namespace: 'shop', rules: rights, folder }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
