import { readFile } from 'node:fs/promises';
import { errorMessage } from '../../../src/process/failure.ts';
import type { Logger } from '../../../src/process/log/logger.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * Labels of a receiver's series by a file, JSON `{labels, volumes}`: those of all, and the source volume by the receiver's, which only
 * the operator knows. Read at every scrape: another pod's volume may have another name. What can't be read is told once, and the last goes on.
 */
export const readSeriesLabels = (
  file: string | undefined,
  volume: () => string | null | undefined,
  logger: Logger,
): (() => Promise<Labels>) => {
  let known: Labels = {};
  let told: string | undefined;
  return async () => {
    if (file === undefined) return known;
    try {
      const { labels, volumes } = parseSeries(await readFile(file, 'utf8'));
      const source = volumes[volume() ?? ''];
      known = source === undefined ? labels : { ...labels, volume: source };
      told = undefined;
    } catch (error) {
      const why = errorMessage(error);
      if (why !== told) logger.warn({ file, why }, 'labels of the metrics can not be read');
      told = why;
    }
    return known;
  };
};

const parseSeries = (text: string): { readonly labels: Labels; readonly volumes: Labels } => {
  const { labels = {}, volumes = {} } = JSON.parse(text) as { labels?: unknown; volumes?: unknown };
  if (!isTexts(labels) || !isTexts(volumes) || Object.keys(labels).some((name) => !/^[a-zA-Z_]\w*$/.test(name)))
    throw new Error('read labels: labels and volumes are names and texts');
  return { labels, volumes };
};

const isTexts = (value: unknown): value is Labels =>
  typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
