import { createHash } from 'node:crypto';
import type { Clock } from '../process/clock.ts';
import { errorMessage } from '../process/failure.ts';
import type { Logger } from '../process/logger.ts';
import type { ClusterClient } from './client.ts';
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

/** The same thing is said again only after this. */
const repeatAfterMs = 10 * 60_000;
const remembered = 2_000;

/** Writes events.k8s.io/v1. What was said of the same object in the same words a short while ago is not said again. */
export const createEventEmitter = (
  client: ClusterClient,
  options: { instance: string; clock: Clock; logger: Logger },
): EventEmitter => {
  const said = new Map<string, number>();
  return {
    async emit({ regarding, related, type, reason, action, note }) {
      const now = options.clock.now();
      const key = [regarding.uid ?? regarding.name, regarding.namespace, reason, note].join('\n');
      if (now - (said.get(key) ?? -Infinity) < repeatAfterMs) return;
      said.delete(key);
      said.set(key, now);
      if (said.size > remembered) said.delete(said.keys().next().value as string);
      const unique = createHash('sha256').update(key).update(String(now)).digest('hex').slice(0, 16);
      try {
        await client.create(events, {
          metadata: { namespace: regarding.namespace, name: `${regarding.name.slice(0, 230)}.${unique}` },
          eventTime: new Date(now).toISOString().replace('Z', '000Z'),
          reportingController: 'syncreplica.io/operator',
          reportingInstance: options.instance.slice(0, 128),
          action,
          reason,
          type,
          note: note.slice(0, 1024),
          regarding: present(regarding),
          ...(related ? { related: present(related) } : {}),
        });
      } catch (error) {
        options.logger.warn({ reason, regarding: regarding.name, why: errorMessage(error) }, 'event not written');
      }
    },
  };
};

/** Without the keys whose value is undefined. */
const present = (subject: EventSubject): Record<string, string> =>
  Object.fromEntries(Object.entries(subject).filter((entry): entry is [string, string] => entry[1] !== undefined));
