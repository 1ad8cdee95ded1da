import { isAbsolute, normalize, resolve } from 'node:path';
import { runReceiver } from '../../../sidecar/receiver/main.ts';
import type { ReceiverOptions } from '../../../sidecar/receiver/receiver.ts';
import { ports } from '../../api/names.ts';
import { parseDuration } from '../../api/units/duration.ts';
import { isVolumeName } from '../../process/tls/certificate-identity.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { readCertificates } from '../certificates/read-certificates.ts';
import { openLog } from '../open-log.ts';
import { type HistoryOptions, parseHistory } from '../parse/parse-history.ts';
import { parseHostPort } from '../parse/parse-host-port.ts';
import { parseMetricsAddress } from '../parse/parse-metrics-address.ts';
import { parseRelayAs } from '../parse/parse-relay-as.ts';

interface Options extends HistoryOptions {
  readonly dir?: string;
  readonly listen?: string;
  readonly certs?: string;
  readonly volume?: string;
  readonly access?: string;
  readonly hostsAllow?: string;
  readonly hostsDeny?: string;
  readonly maxConnections?: string;
  readonly timeout?: string;
  readonly readOnly?: boolean;
  readonly list?: boolean;
  readonly dial?: string;
  readonly comment?: string;
  readonly transferLog?: boolean;
  readonly takeIn?: string;
  readonly freshFor?: string;
  readonly relay?: string;
  readonly relayAs?: string;
  readonly metrics?: string;
  readonly metricsTls?: boolean;
  readonly metricsLabels?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

const shortestFreshMs = 15_000;

const splitList = (text: string | undefined): string[] => (text ?? '').split(/[\s,]+/).filter((item) => item !== '');

const parseCount = (flag: string, text: string): number => {
  const count = Number(text);
  if (!/^[0-9]+$/.test(text) || count === 0) throw new UsageFailure(`${flag} ${text}: write a number above 0`);
  return count;
};

const parseTimeoutSeconds = (text: string): number => {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1000)
    throw new UsageFailure(`--timeout ${text}: write a duration of 1s or more, for example 10m`);
  return Math.round(ms / 1000);
};

const parseAccess = (text: string): 'SameUser' | 'Elevated' => {
  if (text === 'SameUser' || text === 'Elevated') return text;
  throw new UsageFailure(`--access ${text}: write SameUser, or Elevated to keep owners (as root)`);
};

const parseDial = (text: string): NonNullable<ReceiverOptions['dial']> => {
  const [, address = '', target = ''] = /^(.*)\/([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)$/.exec(text) ?? [];
  if (target === '' || address.startsWith(':'))
    throw new UsageFailure(`--dial ${text}: write HOST:PORT/TARGET, TARGET being our name at the agent there`);
  return { ...parseHostPort('--dial', address), target };
};

const parseComment = (text: string): string => {
  if (/^[^\n\r]{1,256}$/.test(text)) return text;
  throw new UsageFailure('--comment: write one line of at most 256 characters');
};

/** Relative to the directory, `.` for all of it. */
const parseTakeIn = (text: string): string => {
  const path = normalize(text).replace(/\/$/, '');
  if (isAbsolute(path) || path.split('/').includes('..'))
    throw new UsageFailure(`--take-in ${text}: write a path in the directory, or . for all that is in it`);
  return path === '.' ? '' : path;
};

const parseFreshFor = (text: string): number => {
  const ms = parseDuration(text);
  // The writer says how old the copy is every five seconds, and each relay between adds as many.
  if (ms !== undefined && ms >= shortestFreshMs) return ms;
  throw new UsageFailure(`--fresh-for ${text}: write a duration of 15s or more, for example 30s`);
};

/** `syncreplica receiver`: runs until it is told to stop. */
export const receiverCommand = async (options: Options): Promise<void> => {
  const { dir, certs, volume } = options;
  if (dir === undefined) throw new UsageFailure('--dir is missing; give the directory that holds the replica');
  if (certs === undefined)
    throw new UsageFailure('--certs is missing; give the receiver directory that syncreplica certs made');
  if (volume !== undefined && !isVolumeName(volume))
    throw new UsageFailure(
      `--volume ${volume}: a volume's name has letters, digits, . _ and -, beginning and ending with a letter or digit`,
    );
  readCertificates(certs);
  const { metrics } = parseMetricsAddress(options.metrics, ports.receiverMetrics);
  const logger = await openLog('receiver', options);
  const ordinal = parseRelayAs(options.relayAs ?? 'first');
  await runReceiver({
    directory: resolve(dir),
    certs: resolve(certs),
    ...parseHostPort('--listen', options.listen ?? `:${ports.receiver}`),
    hosts: { allow: splitList(options.hostsAllow), deny: splitList(options.hostsDeny) },
    readOnly: options.readOnly ?? false,
    list: options.list ?? false,
    logTransfers: options.transferLog ?? false,
    logger,
    ...(metrics === undefined
      ? {}
      : {
          metrics: {
            ...metrics,
            tls: options.metricsTls === true,
            ...(options.metricsLabels === undefined ? {} : { labels: resolve(options.metricsLabels) }),
          },
        }),
    ...(volume === undefined ? {} : { volume }),
    ...(options.takeIn === undefined ? {} : { takeIn: parseTakeIn(options.takeIn) }),
    ...(options.dial === undefined ? {} : { dial: parseDial(options.dial) }),
    ...(options.comment === undefined ? {} : { comment: parseComment(options.comment) }),
    ...(options.freshFor === undefined ? {} : { freshForMs: parseFreshFor(options.freshFor) }),
    ...parseHistory(options),
    ...(options.access === undefined ? {} : { access: parseAccess(options.access) }),
    ...(options.maxConnections === undefined
      ? {}
      : { maxConnections: parseCount('--max-connections', options.maxConnections) }),
    ...(options.timeout === undefined ? {} : { rsyncTimeoutSeconds: parseTimeoutSeconds(options.timeout) }),
  });
  if (options.relay === undefined) return;
  // Most feed nobody, and an agent costs memory.
  const { relayOn } = await import('./relay-on.ts');
  relayOn({ file: resolve(options.relay), ordinal, directory: resolve(dir), logger });
};
