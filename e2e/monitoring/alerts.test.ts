import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ofKind, type Rendered, render } from '../chart/render.ts';
import { tryCommand } from '../cluster/command.ts';
import { stories } from './alert-stories.ts';
import { ensurePrometheus } from './prometheus-programs.ts';

const [rule] = ofKind(await render('monitoring.alerts.enabled=true'), 'PrometheusRule');
const alerts: Rendered[] = rule.spec.groups.flatMap(({ rules }: Rendered) => rules);
const names: readonly string[] = alerts.map(({ alert }) => alert);
const folder = mkdtempSync(join(tmpdir(), 'syncreplica-alerts-'));
const rules = join(folder, 'rules.json');
writeFileSync(rules, JSON.stringify(rule.spec));
after(() => rmSync(folder, { recursive: true, force: true }));
const { promtool } = await ensurePrometheus();

test('every rule is one that Prometheus takes', async () => {
  const { code, stdout, stderr } = await tryCommand(promtool, ['check', 'rules', rules]);
  assert.equal(code, 0, stdout + stderr);
});

test('every alert has a severity, a summary, a description and a page that says what to do', () => {
  assert.equal(new Set(names).size, names.length);
  for (const { alert, labels, annotations, for: time } of alerts) {
    assert.ok(['warning', 'critical'].includes(labels.severity), alert);
    assert.ok(annotations.summary && annotations.description && time, alert);
    const page = `docs/runbooks/${alert}.md`;
    assert.ok(annotations.runbook_url.endsWith(page), alert);
    assert.ok(existsSync(page), `${page} is missing`);
    const text = readFileSync(page, 'utf8');
    for (const part of ['What it means', 'What to look at', 'What to do', 'What it is not'])
      assert.ok(text.includes(`\n## ${part}\n\n`), `${page} has no part "${part}"`);
  }
});

test('every alert has a story in which it fires', () => {
  assert.deepEqual(new Set(stories.flatMap(({ fires }) => fires)), new Set(names));
});

for (const { name, series, at, fires } of stories)
  test(`${name}: ${fires.length > 0 ? `${fires.join(' and ')} fires` : 'every alert is quiet'}`, async () => {
    const file = join(folder, `${name.replaceAll(/\W+/g, '-')}.json`);
    const firing = 'count by (alertname) (ALERTS{alertstate="firing"})';
    const told = {
      rule_files: [rules],
      evaluation_interval: '30s',
      tests: [
        {
          interval: '30s',
          input_series: Object.entries(series).map(([of, values]) => ({ series: of, values })),
          promql_expr_test: [
            {
              expr: firing,
              eval_time: at,
              exp_samples: fires.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
            },
          ],
        },
      ],
    };
    writeFileSync(file, JSON.stringify(told));
    const { code, stdout, stderr } = await tryCommand(promtool, ['test', 'rules', file]);
    assert.equal(code, 0, stdout + stderr);
  });

test('thresholds are values of the chart', async () => {
  const [other] = ofKind(
    await render(
      'monitoring.alerts.enabled=true',
      'monitoring.alerts.lagWarningSeconds=7',
      'monitoring.alerts.labels.team=db',
    ),
    'PrometheusRule',
  );
  assert.match(other.spec.groups[0].rules[0].expr, /> 7 /);
  assert.equal(other.metadata.labels.team, 'db');
});
