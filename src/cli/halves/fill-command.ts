import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { needsRestore, type Restored, restore } from '../../../sidecar/agent/restore/restore.ts';
import type { PassProgress, ReplicaError } from '../../../sidecar/protocol/agent-status.ts';
import type { FillReport } from '../../api/fill-report.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import { systemClock } from '../../process/clock.ts';
import { Failure } from '../../process/failure.ts';
import { syncFileSystemOf } from '../../process/system/sync-file-system.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { type LogOptions, openLog } from '../open-log.ts';
import type { ReplicaOptions } from '../parse/replica-from-options.ts';
import { liftReplica } from '../past/lift-replica.ts';
import { readAgentConfig } from './agent-config.ts';
import { settingsFromFlags } from './settings-from-flags.ts';

interface Options extends LogOptions, ReplicaOptions {
  readonly config?: string;
  readonly lift?: string;
  readonly report?: string;
}

const tellEveryMs = 10_000;

/** `syncreplica fill`: one attempt; whoever runs it tries again. */
export const fillCommand = async (options: Options): Promise<void> => {
  const { config, file, source, lift, report } = options;
  if (config !== undefined && (file ?? source) !== undefined)
    throw new UsageFailure('--config holds all settings; leave out --file and --source');
  if (lift !== undefined && config === undefined) throw new UsageFailure('--lift needs --config');
  const logger = await openLog('fill', options);
  const told = config === undefined ? await settingsForPerson(options) : await readAgentConfig(config, false, logger);
  const write = (text: FillReport): void => {
    if (report !== undefined) writeFileSync(report, JSON.stringify(text));
  };
  if (lift !== undefined) {
    liftReplica(lift, told.source);
    // What a power cut left of it half done would be taken for the source: whoever reads the report hands the volume over.
    await syncFileSystemOf(told.source);
    return write({ outcome: 'filled', target: 'the snapshot', coveredAt: null, from: {} });
  }
  // Of flags they are addresses, and all are asked.
  const settings = (config ?? file) === undefined ? told : onlyTargets(told, options.target);
  mkdirSync(settings.source, { recursive: true });
  const ending = new AbortController();
  // Ended is not filled: it never exits with 0 then.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort());
  let failed: ReplicaError | undefined;
  let restored: Restored | undefined;
  let toldAt = -Infinity;
  const tell = (target: string, { filesDone, filesTotal, bytesDone, bytesTotal }: PassProgress): void => {
    if (systemClock.monotonic() - toldAt < tellEveryMs) return;
    toldAt = systemClock.monotonic();
    logger.info({ target, filesDone, filesTotal, bytesDone, bytesTotal }, 'filling');
  };
  const outcome = await restore({
    settings: () => settings,
    rsync: 'rsync',
    signal: ending.signal,
    logger,
    onProgress: tell,
    onRestored(what) {
      restored = what;
    },
    onError(target, error) {
      failed ??= { ...error, message: `${target}: ${error.message}` };
      ending.abort();
    },
  });
  if (failed) {
    write({ outcome: 'failed', reason: failed.reason, message: failed.message.slice(0, 1024) });
    throw new Failure(failed.reason, failed.message);
  }
  if (outcome === 'aborted') throw new Failure('Aborted', 'fill the volume: it was told to end');
  write(restored ? { outcome: 'filled', ...restored } : { outcome: 'empty' });
  logger.info({ outcome, target: restored?.target }, 'the volume may be used');
};

/** As an agent reads them. A directory that holds something is somebody's: nothing of it is written over. @throws UsageFailure, Failure `NotEmpty` */
const settingsForPerson = async (options: Options): Promise<ReplicationSettings> => {
  const { file, source, target } = options;
  if ((file ?? source) === undefined)
    throw new UsageFailure('give --source, the directory, and --target, where its content is; or --file');
  if (source !== undefined) mkdirSync(resolve(source), { recursive: true });
  const { target: _, ...withFile } = options;
  const settings = await settingsFromFlags(file !== undefined && target !== undefined ? withFile : options);
  if (!needsRestore({ ...settings, restore: 'IfEmpty' }))
    throw new Failure('NotEmpty', `fill ${settings.source}: it is not empty`, {
      hint: 'name an empty directory, or one whose filling was cut off',
    });
  return settings;
};

const onlyTargets = (settings: ReplicationSettings, names: readonly string[] | undefined): ReplicationSettings => {
  const targets = settings.targets.filter(({ name }) => names?.includes(name) ?? true);
  const missing = names?.find((name) => !targets.some((target) => target.name === name));
  if (missing !== undefined) throw new UsageFailure(`--target ${missing}: the settings have no such target`);
  if (targets.length === 0) throw new UsageFailure('the settings have no target to fill it from');
  return { ...settings, targets };
};
