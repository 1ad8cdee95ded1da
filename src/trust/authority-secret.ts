import type { ClusterClient } from '../cluster/client.ts';
import { isClusterError } from '../cluster/cluster-error.ts';
import type { Secret } from '../cluster/objects.ts';
import { secrets } from '../cluster/resources.ts';
import { Failure } from '../process/failure.ts';
import { type Authority, authorityKeys, formatAuthorities, parseAuthorities } from './authorities.ts';

/** Where the authorities are kept. `write` fails with `isConflict` when they are no longer what was read. */
export interface AuthorityStore {
  read(): Promise<StoredAuthorities | undefined>;
  /** `before` is what was read, undefined where there was nothing. */
  write(authorities: readonly Authority[], bundle: string, before: StoredAuthorities | undefined): Promise<void>;
  isConflict(error: unknown): boolean;
}

export interface StoredAuthorities {
  readonly authorities: readonly Authority[];
  readonly handle: unknown;
}

/** Keeps the authorities in one Secret of the operator's namespace. */
export const createAuthoritySecret = (
  client: ClusterClient,
  where: { readonly namespace: string; readonly name: string },
): AuthorityStore => ({
  async read() {
    const secret = await client.get(secrets, where);
    if (secret === undefined) return undefined;
    const encoded = secret.data?.[authorityKeys.pairs];
    if (encoded === undefined) {
      throw new Failure(
        'AuthoritiesInvalid',
        `read Secret ${where.namespace}/${where.name}: it has no ${authorityKeys.pairs}`,
        { hint: 'delete it when it is not of this operator; it is then made anew' },
      );
    }
    return { authorities: parseAuthorities(Buffer.from(encoded, 'base64').toString('utf8')), handle: secret };
  },
  async write(authorities, bundle, before) {
    const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
    const data = {
      [authorityKeys.pairs]: encode(formatAuthorities(authorities)),
      [authorityKeys.bundle]: encode(bundle),
    };
    if (before === undefined) await client.create(secrets, { metadata: { ...where }, type: 'Opaque', data });
    else await client.replace(secrets, { ...(before.handle as Secret), data });
  },
  isConflict: (error) => isClusterError(error, 'conflict', 'alreadyExists'),
});
