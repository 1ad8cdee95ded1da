import { formatBytes, formatCount } from '../../terminal/format-figures.ts';
import { formatAge } from '../ages.ts';
import { remedyForWrong } from '../remedies.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

/** Each is renewed long before. */
const certificateDays = 3;
const daySeconds = 86_400;

/** Watches and free room, by what agents and receivers expose. */
export const room = ({ figures }: Facts): readonly Finding[] =>
  [...figures].flatMap(([about, found]): Finding[] => {
    const [watched = 0, limit = 0] = [
      found.get('syncreplica_watched_directories'),
      found.get('syncreplica_watch_limit'),
    ];
    const [free, size] = [
      found.get('syncreplica_receiver_volume_free_bytes'),
      found.get('syncreplica_receiver_volume_size_bytes'),
    ];
    const findings: Finding[] = [];
    if (limit > 0) {
      const message = `${formatCount(watched)} of ${formatCount(limit)} directories that the node lets a user watch`;
      findings.push(
        watched > 0.8 * limit
          ? { level: 'warning', check: 'watches', about, message, remedy: remedyForWrong('WatchLimitReached') }
          : { level: 'fine', check: 'watches', about, message },
      );
    }
    if (free !== undefined && size !== undefined) {
      const message = `the target has ${formatBytes(free)} of ${formatBytes(size)} left`;
      findings.push(
        free < 0.1 * size
          ? { level: 'warning', check: 'room', about, message, remedy: remedyForWrong('TargetFull') }
          : { level: 'fine', check: 'room', about, message },
      );
    }
    return findings;
  });

/** When the certificates of receivers and of the operator end. */
export const certificates = ({ figures, localMs }: Facts): readonly Finding[] =>
  [...figures].flatMap(([about, found]): Finding[] => {
    const ends =
      found.get('syncreplica_receiver_certificate_expiry_timestamp_seconds') ??
      found.get('syncreplica_certificate_expiry_timestamp_seconds');
    if (ends === undefined) return [];
    const left = ends - localMs / 1000;
    const remedy = 'look at the log of the leading operator: it renews certificates long before they end';
    if (left <= 0)
      return [{ level: 'wrong', check: 'certificate', about, message: 'its certificate has expired', remedy }];
    const message = `its certificate is good for ${formatAge(left)}`;
    if (left < certificateDays * daySeconds)
      return [{ level: 'warning', check: 'certificate', about, message, remedy }];
    return [{ level: 'fine', check: 'certificate', about, message }];
  });
