import { annotations } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { syncReplicas } from '../../cluster/resources.ts';
import type { Observed } from '../observed.ts';

interface ManagedFields {
  readonly manager?: string;
  readonly time?: string;
  readonly fieldsV1?: { readonly 'f:metadata'?: { readonly 'f:annotations'?: Readonly<Record<string, unknown>> } };
}

/** Who set the annotation promote, and when, as the API server wrote it down; asked for once for each promotion. */
export const readAsked = async (client: ClusterClient, replica: SyncReplica): Promise<Observed['promotionAsked']> => {
  const target = replica.metadata.annotations?.[annotations.promote];
  if (target === undefined || replica.status?.promotions?.some((one) => one.target === target)) return undefined;
  const { namespace, name } = replica.metadata;
  const live = await client.get(syncReplicas, { namespace, name });
  const fields = (live?.metadata as { readonly managedFields?: readonly ManagedFields[] } | undefined)?.managedFields;
  const entry = fields?.find(
    ({ fieldsV1 }) => fieldsV1?.['f:metadata']?.['f:annotations']?.[`f:${annotations.promote}`] !== undefined,
  );
  const atMs = Date.parse(entry?.time ?? '');
  return entry?.manager === undefined || Number.isNaN(atMs) ? undefined : { by: entry.manager, atMs };
};
