import { everyAddress } from '../../process/system/every-address.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `HOST:PORT`, `[IPv6]:PORT` or `:PORT` (all addresses). Port 0 takes any free one. `flag` is named in the error.
 * @throws UsageFailure
 */
export const parseHostPort = (flag: string, text: string): HostPort => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s/]*)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535)
    throw new UsageFailure(`${flag} ${text}: this is no address; write HOST:PORT, or :PORT for every address`);
  return { host: match[1] || match[2] || everyAddress(), port };
};
