import { createHash } from 'node:crypto';
import type { Clock } from '../process/clock.ts';
import { errorMessage } from '../process/failure.ts';
import type { Logger } from '../process/log/logger.ts';
import type { ClusterClient } from './client.ts';
import { isClusterError } from './cluster-error.ts';
import { events } from './resources.ts';

export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

export interface EventToEmit {
  readonly regarding: EventSubject;
  readonly related?: EventSubject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, from a small fixed set. */
  readonly reason: string;
  /** What the operator was doing, CamelCase. */
  readonly action: string;
  /** A sentence of at most 1 KiB. */
  readonly note: string;
}

export interface EventEmitter {
  /** Best effort: an Event that can't be written is logged and forgotten. */
  emit(event: EventToEmit): Promise<void>;
}

/** What is said again within this is counted in the Event that is there already. */
const seriesMs = 10 * 60_000;
/** A count is written at most this often. */
const countEveryMs = 60_000;
const remembered = 2_000;

interface Said {
  readonly name: string;
  readonly count: number;
  readonly at: number;
  readonly writtenAt: number;
}

/**
 * Writes events.k8s.io/v1. What was said of the same object in the same words a short while ago becomes a series
 * (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/), as with client-go's recorder.
 */
export const createEventEmitter = (
  client: ClusterClient,
  options: { instance: string; clock: Clock; logger: Logger },
): EventEmitter => {
  const said = new Map<string, Said>();
  const remember = (key: string, what: Said): void => {
    said.delete(key);
    said.set(key, what);
    if (said.size > remembered) said.delete(said.keys().next().value as string);
  };
  const create = ({ regarding, related, type, reason, action, note }: EventToEmit, name: string, now: number) =>
    client.create(events, {
      metadata: { namespace: regarding.namespace, name },
      eventTime: microTime(now),
      reportingController: 'syncreplica.io/operator',
      reportingInstance: options.instance.slice(0, 128),
      action,
      reason,
      type,
      note: note.slice(0, 1024),
      regarding: present(regarding),
      ...(related ? { related: present(related) } : {}),
    });
  /** False where the Event is gone. */
  const count = async (namespace: string, { name, count: times }: Said, now: number): Promise<boolean> => {
    try {
      const series = { count: times, lastObservedTime: microTime(now) };
      await client.patch(events, { namespace, name }, { series });
      return true;
    } catch (error) {
      if (isClusterError(error, 'notFound')) return false;
      throw error;
    }
  };
  return {
    async emit(event) {
      const { regarding, reason, note } = event;
      const now = options.clock.now();
      const key = [regarding.kind, regarding.uid ?? regarding.name, regarding.namespace, reason, note].join('\n');
      const before = said.get(key);
      const isSeries = before !== undefined && now - before.at < seriesMs;
      const unique = createHash('sha256').update(key).update(String(now)).digest('hex').slice(0, 16);
      const name = isSeries ? before.name : `${regarding.name.slice(0, 230)}.${unique}`;
      const isDue = !isSeries || now - before.writtenAt >= countEveryMs;
      const next = { name, count: isSeries ? before.count + 1 : 1, at: now, writtenAt: isDue ? now : before.writtenAt };
      remember(key, next);
      if (!isDue) return;
      try {
        if (isSeries && (await count(regarding.namespace, next, now))) return;
        await create(event, name, now);
      } catch (error) {
        options.logger.warn({ reason, regarding: regarding.name, why: errorMessage(error) }, 'event not written');
      }
    },
  };
};

/** metav1.MicroTime */
const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/** Without the keys whose value is undefined. */
const present = (subject: EventSubject): Record<string, string> =>
  Object.fromEntries(Object.entries(subject).filter((entry): entry is [string, string] => entry[1] !== undefined));
