import { conditionReasons, conditionTypes } from '../../src/api/conditions.ts';
import { remedyFor } from '../../src/kubectl/remedies.ts';
import { transitionsInto } from '../../src/replication/replica-state.ts';
import { markTexts, reasonTexts, typeTexts } from './reason-texts.ts';
import { cell, rowsOf, type SchemaNode } from './schema-rows.ts';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(' | ')} |`,
  `|${'---|'.repeat(head.length)}`,
  ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
  '',
];

const code = (text: string): string => `\`${text}\``;

/** docs/reference.md: all that a SyncReplica's status, conditions, labels and annotations can say. */
export const generateReference = (status: SchemaNode): string =>
  [
    '# Reference of the kind SyncReplica',
    '',
    '`spec` is in [settings](settings.md), field by field. Names of a kind: `syncreplica`, `syncreplicas`, `srep`; `syncreplica.io/v1alpha1`, namespaced.',
    '',
    '## Status',
    '',
    ...table(
      ['field', ''],
      rowsOf(status, '').map(({ field, node }) => [code(field), node.description ?? '']),
    ),
    '## States of a replica',
    '',
    'A replica is one source volume on one target. It comes into a state only from those named:',
    '',
    ...table(
      ['state', 'from'],
      Object.entries(transitionsInto).map(([state, from]) => [code(state), from.map(code).join(', ')]),
    ),
    '## Conditions',
    '',
    ...table(
      ['type', 'True says'],
      conditionTypes.map((type) => [code(type), typeTexts[type]]),
    ),
    '## Reasons',
    '',
    'Each with the condition that has it, and what to do where waiting does not mend it.',
    '',
    ...table(
      ['reason', 'what it says', 'what to do'],
      conditionReasons.map((reason) => [code(reason), reasonTexts[reason], remedyFor(reason) ?? '']),
    ),
    '## Labels, annotations, finalizer',
    '',
    ...table(
      ['on', 'name', 'what it does'],
      markTexts.map(([where, mark, text]) => [where, code(mark), text]),
    ),
    'Events are in [monitoring](how-to-monitor.md#events), metrics in [metrics](metrics.md).',
    '',
  ].join('\n');
