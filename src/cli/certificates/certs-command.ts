import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { isVolumeName } from '../../process/tls/certificate-identity.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { writeCertificateDirectories } from './write-certificates.ts';

/** `syncreplica certs` */
export const certsCommand = async (options: {
  readonly out?: string;
  readonly host?: readonly string[];
  readonly volume?: readonly string[];
}): Promise<void> => {
  if (options.out === undefined) throw new UsageFailure('--out is missing; give the directory to write into');
  const volumes = options.volume ?? ['data'];
  const bad = volumes.find((volume) => !isVolumeName(volume));
  if (bad !== undefined)
    throw new UsageFailure(
      `--volume ${bad}: a volume's name has letters, digits, . _ and -, beginning and ending with a letter or digit`,
    );
  const hosts = options.host ?? [hostname(), 'localhost', '127.0.0.1', '::1'];
  const wrong = hosts.find((host) => !/^[A-Za-z0-9:*][-A-Za-z0-9.:]*$/.test(host));
  if (wrong !== undefined) throw new UsageFailure(`--host ${wrong}: give a host name or an IP address, without port`);
  const out = resolve(options.out);
  const { renewed } = await writeCertificateDirectories(out, { hosts, volumes });
  console.log(
    `${renewed ? 'renewed' : 'made'} ${out}/receiver (${hosts.join(', ')}) and ${out}/agent (${volumes.join(', ')})`,
  );
  console.log(`copy each to its machine; keep ${out}/ca.key safe`);
};
