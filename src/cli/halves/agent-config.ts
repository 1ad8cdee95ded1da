import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { credentialFiles } from '../../api/names.ts';
import type { ReplicationSettings, TlsMaterial } from '../../api/settings/replication-settings.ts';
import type { Logger } from '../../process/log/logger.ts';
import { usageFailureOf } from '../../terminal/usage-failure.ts';
import { readNamedFile } from '../certificates/read-certificates.ts';

const pollMs = 500;

/** Waits until a file can be read: a Secret may be mounted before it exists. SIGTERM ends it, also as a container's first process. */
const waitForFile = async (path: string, logger: Logger): Promise<void> => {
  const end = (): void => process.exit(0);
  process.once('SIGTERM', end);
  for (let waiting = false; ; waiting = true) {
    try {
      readFileSync(path);
      process.off('SIGTERM', end);
      return;
    } catch {
      if (!waiting) logger.info({ path }, 'waiting for the settings');
    }
    await sleep(pollMs);
  }
};

/**
 * The settings that an operator writes. With `wait` a missing file is waited for.
 * @throws UsageFailure
 */
export const readAgentConfig = async (file: string, wait: boolean, logger: Logger): Promise<ReplicationSettings> => {
  const path = resolve(file);
  if (wait) await waitForFile(path, logger);
  const text = readNamedFile('--config', path);
  // The agent loads it too, once newer settings come.
  const { parseReplicationSettings } = await import('../../api/settings/settings-schema.ts');
  const parsed = parseReplicationSettings(text);
  if (parsed.ok) return parsed.settings;
  throw usageFailureOf(
    parsed.problems.map((problem) => ({ ...problem, field: problem.field ? `${path}: ${problem.field}` : path })),
  );
};

/** The certificate that an agent shows the operator, and whom it believes; read anew at each call. @throws UsageFailure */
export const readApiCertificate = (directory: string): TlsMaterial => {
  const read = (name: string): string => readNamedFile('--api', join(directory, name));
  return { ca: read(credentialFiles.ca), cert: read(credentialFiles.cert), key: read(credentialFiles.key) };
};

export const directoryOf = (file: string): string => dirname(resolve(file));
