import { compile } from 'json-schema-to-typescript';

type Json = { [key: string]: unknown };

/** Names of the types of parts, by their place in the schema. */
const titles: Readonly<Record<string, string>> = {
  spec: 'SyncReplicaSpec',
  'spec.source': 'SourceSpec',
  'spec.source.podSelector': 'PodSelectorSpec',
  'spec.targets[]': 'TargetSpec',
  'spec.targets[].managed': 'ManagedTargetSpec',
  'spec.targets[].managed.service': 'TargetServiceSpec',
  'spec.targets[].external': 'ExternalTargetSpec',
  'spec.targets[].ssh': 'SshTargetSpec',
  'spec.targets[].readers': 'ReadersSpec',
  'spec.hooks[]': 'HookSpec',
  'spec.hooks[].http': 'HttpHookSpec',
  'spec.hooks[].webhook': 'WebhookHookSpec',
  'spec.filter': 'FilterSpec',
  'spec.sync': 'SyncSpec',
  'spec.sync.deleteGuard': 'DeleteGuardSpec',
  'spec.sync.preserve': 'PreserveSpec',
  'spec.sync.fullPass': 'FullPassSpec',
  'spec.retry': 'RetrySpec',
  status: 'SyncReplicaStatus',
  'status.conditions[]': 'StatusCondition',
  'status.volumes[]': 'VolumeStatusRow',
  'status.volumes[].replicas[]': 'ReplicaStatusRow',
  'status.volumes[].replicas[].readers': 'ReadersStatusRow',
  'status.volumes[].replicas[].progress': 'ReplicaProgress',
  'status.volumes[].replicas[].lastError': 'ReplicaError',
  'status.volumes[].replicas[].position': 'ReplicaPosition',
};

const metadataType = `{
  name: string;
  namespace: string;
  uid?: string;
  generation?: number;
  resourceVersion?: string;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}`;

/** JSON Schema for the compiler: closed objects, named parts, no array lengths (they would become tuples). */
const toJsonSchema = (schema: Json, path: string): Json => {
  const result: Json = {};
  if (schema.description) result.description = schema.description;
  for (const key of ['type', 'enum', 'required'] as const) if (schema[key]) result[key] = schema[key];
  const title = titles[path];
  if (title) result.title = title;
  if (schema.properties) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [
        name,
        path === '' && name === 'metadata'
          ? { tsType: metadataType, description: 'Standard object metadata.' }
          : toJsonSchema(property as Json, path === '' ? name : `${path}.${name}`),
      ]),
    );
    result.additionalProperties = false;
  } else if (schema.additionalProperties) {
    result.additionalProperties = toJsonSchema(schema.additionalProperties as Json, `${path}.*`);
  } else if (schema.type === 'object') result.additionalProperties = true;
  if (schema.items) result.items = toJsonSchema(schema.items as Json, `${path}[]`);
  return result;
};

/** TypeScript of a CRD version's openAPIV3Schema: the interface SyncReplica and its parts. */
export const generateTypes = async (schema: Json): Promise<string> =>
  compile({ ...toJsonSchema({ ...schema, required: ['metadata', 'spec'] }, ''), title: 'SyncReplica' }, 'SyncReplica', {
    bannerComment: '',
    format: true,
    style: { singleQuote: true, printWidth: 120, trailingComma: 'all' },
  });
