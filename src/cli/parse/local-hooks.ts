import { toHookSettings } from '../../api/settings/hook-settings.ts';
import type { HookSettings } from '../../api/settings/replication-settings.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { readNamedFile } from '../certificates/read-certificates.ts';
import { refuseOpenToOthers } from '../certificates/refuse-open-files.ts';
import type { LocalHook } from './parse-local.ts';

/** Lines such as `Authorization: Bearer …`. @throws UsageFailure */
const readHeaders = (file: string): Record<string, string> => {
  refuseOpenToOthers('headersFile', file);
  return Object.fromEntries(
    readNamedFile('headersFile', file)
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*?)\s*$/.exec(line) ?? [];
        if (name === undefined || value === undefined)
          throw new UsageFailure(`headersFile ${file}: a line is no header; write NAME: VALUE`);
        return [name, value];
      }),
  );
};

/** The hooks of a replica.yaml, their headers read from their files. @throws UsageFailure */
export const localHooks = (hooks: readonly LocalHook[]): HookSettings[] =>
  hooks.map(({ hook, headersFile }) => toHookSettings(hook, headersFile === undefined ? {} : readHeaders(headersFile)));
