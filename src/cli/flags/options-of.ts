import { UsageFailure } from '../../terminal/usage-failure.ts';
import type { Options } from '../commands.ts';

/** What commander knows of a command and of what it was given. */
interface Parsed {
  opts(): Options;
  getOptionValueSource(key: string): string | undefined;
  readonly options: readonly {
    readonly envVar?: string | undefined;
    attributeName(): string;
    isBoolean(): boolean;
  }[];
}

const yes: ReadonlySet<string> = new Set(['true', 'yes', 'on', '1']);
const no: ReadonlySet<string> = new Set(['false', 'no', 'off', '0', '']);

/** A flag without a value: commander takes any text of its variable, `false` too, for yes. @throws UsageFailure */
const readSwitch = (name: string, text: string): true | undefined => {
  const word = text.trim().toLowerCase();
  if (yes.has(word)) return true;
  if (no.has(word)) return undefined;
  throw new UsageFailure(`${name}=${text}: write true or false`);
};

/** A variable holds one text: of a list with commas. @throws UsageFailure */
export const optionsOf = (command: Parsed, environment: Readonly<Record<string, string | undefined>>): Options => {
  const options = command.opts();
  for (const option of command.options) {
    const key = option.attributeName();
    if (command.getOptionValueSource(key) !== 'env') continue;
    const value = options[key];
    if (Array.isArray(value))
      options[key] = value.flatMap((text: string) => text.split(',')).filter((text) => text !== '');
    else if (option.isBoolean() && option.envVar !== undefined) {
      const given = readSwitch(option.envVar, environment[option.envVar] ?? '');
      if (given) options[key] = given;
      else delete options[key];
    }
  }
  return options;
};
