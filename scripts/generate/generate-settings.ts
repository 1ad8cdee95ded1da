import { environmentName, flagName, syncFlags } from '../../src/cli/flags/sync-flags.ts';
import { cell, rowsOf, type SchemaNode, type SchemaRow } from './schema-rows.ts';

const defaultOf = ({ node, required }: SchemaRow): string => {
  if (required) return 'required';
  return node.default === undefined
    ? ''
    : `\`${typeof node.default === 'string' ? node.default || "''" : JSON.stringify(node.default)}\``;
};

const flagOf = (field: string): string => {
  const flag = syncFlags.find((candidate) => candidate.field === field || field.startsWith(`${candidate.field}.`));
  return flag ? `\`${flagName(flag.flag)}\`` : '';
};

const describe = ({ node }: SchemaRow): string => {
  const words = node.enum ?? node.items?.enum;
  const text = node.description ?? '';
  return words && !words.every((word) => text.includes(word)) ? `${text} ${words.join(', ')}.` : text;
};

/** docs/settings.md: every field with its flag, default and description. */
export const generateSettings = (spec: SchemaNode): string => {
  const example = syncFlags.find(({ field }) => field === 'sync.maxDelay')?.flag ?? '';
  return [
    '# Settings',
    '',
    'Every setting is a field of a SyncReplica’s `spec` and of `replica.yaml`; those with a flag can be given to `syncreplica agent` and',
    `\`syncreplica local\` too, and as a variable: \`${flagName(example)}\` is \`${environmentName(example)}\`, a list holds commas. A flag wins over the`,
    'variable, which wins over the file. What is wrong is said at once, with what to write instead.',
    '',
    'Durations are such as `500ms`, `10s`, `1h30m`; sizes are Kubernetes quantities such as `50Mi`. In `replica.yaml` a source is',
    '`source.directory`, a target has `directory` or `external` with `certs`, `ca`, `username` and `passwordFile`; see [plain machines](plain-machines.md).',
    '',
    '| field | flag | default | |',
    '|---|---|---|---|',
    ...rowsOf(spec, '').map(
      (row) => `| \`${row.field}\` | ${flagOf(row.field)} | ${cell(defaultOf(row))} | ${cell(describe(row))} |`,
    ),
    '',
  ].join('\n');
};
