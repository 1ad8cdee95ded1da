import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { readFile, watch } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import type { LockTable } from '../../src/api/lock-table.ts';
import type { ReplicationSettings, TlsMaterial } from '../../src/api/settings/replication-settings.ts';
import { Failure } from '../../src/process/failure.ts';
import { type ProbeAddress, startProbeServer } from '../../src/process/http-server.ts';
import type { Logger } from '../../src/process/log/logger.ts';
import { trimWhenIdle } from '../../src/process/memory/trim-when-idle.ts';
import { exposeBuildInfo } from '../../src/process/metrics/build-info.ts';
import { createMetricsRegistry } from '../../src/process/metrics/metrics-registry.ts';
import { isOperatorCertificate } from '../../src/process/tls/certificate-identity.ts';
import type { AgentStatus } from '../protocol/agent-status.ts';
import { requireRsync } from '../protocol/require-rsync.ts';
import { Agent } from './agent.ts';
import type { JournalPage } from './journal/journal.ts';
import { lineageOf } from './link/notes/source-lineage.ts';
import type { OutlinePace } from './outline/outline-keeper.ts';

export interface AgentOptions {
  readonly settings: ReplicationSettings;
  readonly holder?: string;
  /** For the change log's overflow and lists of a full pass; default below the system's temporary directory. */
  readonly stateDir?: string;
  readonly metrics?: ProbeAddress & { readonly tls?: () => TlsMaterial };
  /** For the operator: mTLS. */
  readonly api?: { readonly host: string; readonly port: number; readonly tls: () => TlsMaterial };
  /** Settings as JSON; watched, newer ones in it count. */
  readonly configFile?: string;
  readonly takeOver?: boolean;
  /** An rsync run that makes no progress for so long is ended, ms; default 30 s. */
  readonly stallMs?: number;
  /** How often the source is written down for a restart, and how old what was changed has to be; for tests. */
  readonly outlinePace?: OutlinePace;
  readonly logger: Logger;
}

export interface AgentHandle {
  /** Resolves when every directory is watched. */
  readonly ready: Promise<void>;
  status(): AgentStatus;
  /** What was sent after an entry of the journal; undefined while it is off. */
  journal(after: number): JournalPage | undefined;
  /** Who holds and who waits for which path, by target. */
  locks(): readonly LockTable[];
  /** Where /metrics is served, if it is. */
  readonly metricsPort: number | undefined;
  update(settings: ReplicationSettings): Promise<void>;
  /** Sends what is pending, for at most `graceMs` (default 25 s), then ends. */
  stop(graceMs?: number): Promise<void>;
}

const ableRsync = {
  oldest: [3, 2, 3],
  purpose: 'start agent',
  because: 'older ones lack options that are relied on (--modify-window=-1, --append-verify, xxh128)',
} as const;
const defaultGraceMs = 25_000;
const defaultStallMs = 30_000;
const configPollMs = 2_000;

/** Runs one agent in this process. @throws Failure when it can't start at all; trouble with targets is status, not an error */
export async function runAgent(options: AgentOptions): Promise<AgentHandle> {
  const { logger } = options;
  requireDirectory(options.settings.source);
  const ownLineage = options.settings.lineage ?? lineageOf(options.settings.source);
  const complete = (given: ReplicationSettings): ReplicationSettings =>
    given.lineage !== undefined || ownLineage === undefined ? given : { ...given, lineage: ownLineage };
  const settings = complete(options.settings);
  await requireRsync('rsync', ableRsync);
  const holder = options.holder ?? defaultHolder(settings);
  const registry = createMetricsRegistry({ ...settings.labels });
  exposeBuildInfo(registry, 'agent', packageJson.version);
  const agent = new Agent({
    settings,
    version: packageJson.version,
    holder,
    stateDir:
      options.stateDir ??
      join(tmpdir(), `syncreplica-${createHash('sha256').update(holder).digest('hex').slice(0, 12)}`),
    takeOver: options.takeOver ?? false,
    stallMs: options.stallMs ?? defaultStallMs,
    outlinePace: options.outlinePace,
    rsync: 'rsync',
    registry,
    logger,
  });
  let isReady = false;
  const probes =
    options.metrics === undefined
      ? undefined
      : await startProbeServer({
          ...options.metrics,
          metrics: registry,
          health: () => ({ ok: true }),
          ready: () => ({ ok: isReady, detail: { phase: agent.status().phase } }),
          // What names a file is shown on a person's own machine only: in a cluster the port is open to many.
          pages: options.api ? {} : { '/v1/status': () => agent.status(), '/debug/locks': () => agent.locks() },
        });
  const { api } = options;
  const control =
    api === undefined
      ? undefined
      : // Loaded when it is asked for: HTTPS costs memory.
        await (await import('./api.ts')).startAgentApi({
          ...api,
          logger,
          allows: (socket) => isOperatorCertificate(socket.getPeerCertificate().subjectaltname),
          status: () => agent.status(),
          locks: () => agent.locks(),
          update: async (pushed) => agent.update(complete(await parseSettings(JSON.stringify(pushed)))),
        });
  const reports =
    api === undefined
      ? undefined
      : (await import('./told/hand-reports.ts')).handReports(
          { targets: () => agent.settings.targets, status: () => agent.status() },
          logger,
        );
  const stopFollowing = new AbortController();
  const following = followConfig(options, agent, complete, stopFollowing.signal);
  const startedAt = performance.now();
  let stopTrimming = (): void => {};
  const ready = agent.start().then(() => {
    isReady = true;
    stopTrimming = trimWhenIdle();
    const { watch: figures } = agent.status();
    const fields = {
      source: settings.source,
      targets: settings.targets.map((t) => t.name),
      directories: figures.watchedDirectories,
    };
    logger.info(
      { ...fields, watch: figures.kind, startedInMs: Math.round(performance.now() - startedAt) },
      'agent is ready',
    );
  });
  return {
    ready,
    status: () => agent.status(),
    journal: (after) => agent.hooks.readJournal(after),
    locks: () => agent.locks(),
    metricsPort: probes?.port,
    update: (newer) => agent.update(complete(newer)),
    async stop(graceMs = defaultGraceMs) {
      stopTrimming();
      stopFollowing.abort();
      await agent.stop(graceMs, async () => reports?.last());
      reports?.close();
      await Promise.all([probes?.close(), control?.close(), following]);
    },
  };
}

/** Reads the settings' file again whenever it changes; a Secret's file is replaced by a symlink, so its directory is watched too. */
async function followConfig(
  { configFile, logger }: AgentOptions,
  agent: Agent,
  complete: (settings: ReplicationSettings) => ReplicationSettings,
  signal: AbortSignal,
): Promise<void> {
  if (configFile === undefined) return;
  const path = configFile;
  let seen = '';
  const look = async (): Promise<void> => {
    const text = await readFile(path, 'utf8').catch(() => seen);
    if (text === seen) return;
    seen = text;
    try {
      const settings = complete(await parseSettings(text));
      if (isDeepStrictEqual(settings, agent.settings)) return;
      await agent.update(settings);
      logger.info({ generation: agent.settings.generation }, 'settings were read again');
    } catch (err) {
      logger.error({ err, path }, 'new settings are refused, the old ones go on');
    }
  };
  const timer = setInterval(() => void look(), configPollMs * 5);
  timer.unref();
  // It may have changed since it was read for the start.
  await look();
  try {
    for await (const event of watch(dirname(path), { signal })) {
      if (event.filename === basename(path) || event.filename?.startsWith('..')) await look();
    }
  } catch (error) {
    if (!signal.aborted) logger.warn({ err: error }, 'settings are followed by polling only');
  } finally {
    if (signal.aborted) clearInterval(timer);
  }
}

/** Loaded when it is needed: an agent without a settings file does not pay for it. */
async function parseSettings(text: string): Promise<ReplicationSettings> {
  const { parseReplicationSettings } = await import('../../src/api/settings/settings-schema.ts');
  const parsed = parseReplicationSettings(text);
  if (parsed.ok) return parsed.settings;
  throw new Failure(
    'SettingsInvalid',
    `read settings: ${parsed.problems.map((p) => `${p.field}: ${p.message}`).join('; ')}`,
  );
}

function requireDirectory(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  throw new Failure('SourceNotFound', `replicate ${path}: it is no directory`, {
    hint: 'name an existing directory as the source',
  });
}

/** The same after a restart, another for every other source: see LeaseRequest.holder. */
function defaultHolder(settings: ReplicationSettings): string {
  return `${hostname()}:${settings.source}`;
}
