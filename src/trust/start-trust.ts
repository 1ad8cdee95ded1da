import { metricsServerName } from '../api/names.ts';
import type { KeyPair } from '../certificates/authority.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { createBackoff } from '../process/backoff.ts';
import type { Clock } from '../process/clock.ts';
import { errorCode, errorMessage } from '../process/failure.ts';
import type { Logger } from '../process/log/logger.ts';
import type { MetricsRegistry } from '../process/metrics/metrics-registry.ts';
import type { Trust, TrustTiming } from './authorities.ts';
import { createAuthoritySecret } from './authority-secret.ts';
import { ensureCaBundle } from './ca-bundle.ts';
import { createCertificateFiles } from './certificate-files.ts';
import { type CertificateSource, exposeCertificateExpiry } from './certificate-source.ts';
import { createLeafKeeper } from './leaf-keeper.ts';
import { createTrustKeeper } from './trust-keeper.ts';

export interface TrustOptions {
  readonly client: ClusterClient;
  /** The operator's own namespace, and the Secret in it that holds the authorities. */
  readonly namespace: string;
  readonly secretName: string;
  /** Name of the Service in front of the webhook, and of its MutatingWebhookConfiguration. */
  readonly webhookService: string;
  readonly webhookConfiguration: string;
  /** Where another program keeps the webhook's certificate; its caBundle is then that program's matter too. */
  readonly webhookCertificateFolder?: string | undefined;
  readonly timing: TrustTiming;
  readonly isLeader: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
  readonly signal: AbortSignal;
}

export interface RunningTrust {
  /** What to issue with and to trust now. */
  current(): Trust;
  /** Called after every change of what is trusted or of who signs: every Secret with a bundle is to be written anew. */
  onChange(listen: (trust: Trust) => void): void;
  /** For the webhook's server. */
  readonly webhook: CertificateSource;
  /** With which the operator shows itself to agents and receivers. */
  readonly operator: CertificateSource;
  /** True once the webhook's configuration was seen to trust the present authorities: before, no pod gets an agent. */
  isWebhookTrusted(): boolean;
  /** Ends when the signal aborts. */
  readonly ended: Promise<void>;
}

/** How often is looked for what is due: often enough for the shortest times that can be set. */
const lookIntervalMs = (timing: TrustTiming): number =>
  Math.max(1_000, Math.min(60_000, timing.announceMs / 4, timing.leafLifeMs / 12));
const bundleIntervalMs = 15_000;
const bundleRetryMs = 1_000;

/**
 * Reads or makes the authorities and this process's own certificates, and keeps them from then on.
 * Resolves when all are there; tries for as long as the API server doesn't answer.
 */
export const startTrust = async (options: TrustOptions): Promise<RunningTrust> => {
  const { client, clock, logger, timing, signal, metrics } = options;
  const store = createAuthoritySecret(client, { namespace: options.namespace, name: options.secretName });
  const keeper = createTrustKeeper({ store, timing, clock, logger });
  const dns = `${options.webhookService}.${options.namespace}.svc`;
  const issued = createLeafKeeper({
    request: { kind: 'server', names: [dns, metricsServerName] },
    leafLifeMs: timing.leafLifeMs,
    clock,
    logger,
  });
  const operator = createLeafKeeper({ request: { kind: 'operator' }, leafLifeMs: timing.leafLifeMs, clock, logger });
  const folder = options.webhookCertificateFolder;
  const files = folder === undefined ? undefined : createCertificateFiles(folder, clock, logger);

  const first = async (): Promise<Trust> => {
    const trust = await keeper.refresh();
    await Promise.all<KeyPair>([operator.refresh(trust), files ? files.refresh() : issued.refresh(trust)]);
    return trust;
  };
  let latest = await persist(first, options);
  keeper.onChange((trust) => {
    latest = trust;
  });
  exposeCertificateExpiry(metrics, {
    authority: () => latest.signer.cert,
    operator: () => operator.current?.cert,
    webhook: () => (files ?? issued).current?.cert,
  });

  let isTrusted = files !== undefined;
  const every = lookIntervalMs(timing);
  const loops = [keeper.run(every, signal), operator.run(() => latest, every, signal)];
  if (files) loops.push(files.run(every, signal));
  else {
    const seen = (): void => {
      isTrusted = true;
    };
    loops.push(
      issued.run(() => latest, every, signal),
      keepCaBundle(options, () => latest, seen),
    );
  }
  return {
    current: () => latest,
    onChange: keeper.onChange,
    webhook: files ?? issued,
    operator,
    isWebhookTrusted: () => isTrusted,
    ended: Promise.all(loops).then(() => {}),
  };
};

/**
 * The leader writes the bundle, and mends what an upgrade or a person took away; the others look until it is there.
 * Resolves when the signal aborts; `seen` is called when the bundle is in place for the first time.
 */
const keepCaBundle = async (options: TrustOptions, trust: () => Trust, seen: () => void): Promise<void> => {
  const { client, clock, logger, signal, isLeader, webhookConfiguration: name } = options;
  let last = '';
  do {
    try {
      const found = await ensureCaBundle(client, name, trust().bundle, isLeader());
      if (found === 'patched') logger.info({ name }, 'webhook configuration trusts the present authorities');
      if (found === 'missing' && last !== found)
        logger.warn({ name }, 'webhook configuration is missing: no pod gets an agent');
      if (found === 'patched' || found === 'as-it-should-be') seen();
      last = found;
    } catch (error) {
      logger.warn({ name, code: errorCode(error), reason: errorMessage(error) }, 'webhook configuration not patched');
    }
  } while (await clock.sleep(last === 'as-it-should-be' ? bundleIntervalMs : bundleRetryMs, signal));
};

const persist = async <T>(attempt: () => Promise<T>, { clock, logger, signal }: TrustOptions): Promise<T> => {
  const backoff = createBackoff({ initialMs: 500, maxMs: 15_000 });
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      logger.warn({ code: errorCode(error), reason: errorMessage(error) }, 'certificates not ready yet');
      if (!(await clock.sleep(backoff.next(), signal))) throw error;
    }
  }
};
