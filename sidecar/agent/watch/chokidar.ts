import type { ChangeSource } from './change-source.ts';
import type { SourceOptions } from './source-options.ts';
export const createChokidarSource = (options: SourceOptions & { polling?: { intervalMs: number } }): ChangeSource => {
  throw new Error(String(options));
};
