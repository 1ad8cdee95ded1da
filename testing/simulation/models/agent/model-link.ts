import { leaseRequestOf, linkByLease } from '../../../../sidecar/agent/link/lease/by-lease.ts';
import type { Link, LinkOptions } from '../../../../sidecar/agent/link/link.ts';
import type { LocalNote } from '../../../../sidecar/agent/link/notes/local-note.ts';
import { plainTarget } from '../../../../sidecar/agent/link/plain-target.ts';
import type { ControlClient } from '../../../../sidecar/protocol/connection/control-client.ts';
import type { Random } from '../../../storm/random.ts';
import type { Life } from '../../world/life.ts';
import { pause } from '../../world/streams.ts';
import type { ModelTarget } from '../model-target.ts';
import { unreachable } from '../network.ts';

export interface ModelWay {
  readonly life: Life;
  readonly target: ModelTarget;
  readonly random: Random;
  /** What a plain daemon's writer keeps on its own machine. */
  readonly note: LocalNote;
}

/** syncfs. */
const syncMs = 60;
/** Between two small things that a receiver does for one request. */
const stepMs = 0.3;
const dial = (): Promise<never> => Promise.reject(new Error('a model has no socket'));

/** Opens a way to a model target, as `openLink` does to a real one. */
export async function openModelLink(way: ModelWay, request: LinkOptions): Promise<Link> {
  const { life, target, note } = way;
  const { network, receiver } = target;
  if (target.isDaemon) {
    await network.call(life, () => receiver.requireUp());
    return {
      destination: 'rsync://receiver/volume/',
      password: undefined,
      dial,
      targetRoot: '',
      ...plainTarget(note),
      close: () => {},
    };
  }
  const lease = await network.call(life, () => receiver.takeLease(leaseRequestOf(request)));
  network.opened();
  return {
    destination: 'rsync://agent@receiver/volume/data/',
    password: undefined,
    dial,
    ...linkByLease(lease, request),
    targetRoot: `${lease.root}/data`,
    takesSmallFiles: target.takesSmallFiles,
    control: controlOf(way),
    close: () => {},
  };
}

function controlOf({ life, target, random }: ModelWay): ControlClient {
  const { network, receiver } = target;
  const call = <T>(run: () => T | Promise<T>, workMs = 0): Promise<T> => network.call(life, run, workMs);
  const inSteps = <T>(begin: () => Iterator<unknown, T>): Promise<T> =>
    network.callInSteps(life, begin, { isAlive: receiver.lifeLine(), pauseMs: () => pause(random, stepMs) });
  return {
    takeLease: (request) => call(() => receiver.takeLease(request)),
    releaseLease: (epoch) => call(() => receiver.releaseLease(epoch)),
    rename: (request) => call(() => receiver.rename(request)),
    delete: (request) => call(() => receiver.kept.delete(request)),
    reportPosition: (report) => call(() => receiver.reportPosition(report), pause(random, syncMs)),
    list: (request) => call(() => receiver.list(request)),
    copy: (request) => inSteps(() => receiver.copy(request)),
    hash: (request) => call(() => receiver.hash(request)),
    checkpoint: (request) => call(() => receiver.checkpoint(request)),
    appendHookLines: notModelled,
    writeSmallFiles: (request) => inSteps(() => receiver.writeSmallFiles(request)),
    listKept: target.keepsMasses ? () => call(() => receiver.kept.list()) : notModelled,
    undelete: ({ epoch, id }) => call(() => receiver.kept.undelete(epoch, id)),
    promote: notModelled,
    demote: notModelled,
    status: notModelled,
    report: notModelled,
    close: () => {},
  };
}

const notModelled = (): Promise<never> => Promise.reject(unreachable());
