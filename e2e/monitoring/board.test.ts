import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { board } from '../../scripts/dashboard/panels.ts';
import { ofKind, type Rendered, render } from '../chart/render.ts';
import { drawPanels, type RecordedPanel } from './draw-panels.ts';
import { type LocalPrometheus, startLocalPrometheus } from './local-prometheus.ts';
import { askedBy } from './metrics-of.ts';
import { type RecordedRun, startRecordedRun } from './recorded-run.ts';

const rules: Rendered[] = ofKind(await render('monitoring.alerts.enabled=true'), 'PrometheusRule')[0].spec.groups[0]
  .rules;

/** As Grafana fills it in, with All for the variables; a rate needs four scrapes. */
const fillIn = (expression: string): string =>
  expression.replaceAll('$namespace', '.*').replaceAll('$replica', '.*').replaceAll('$__rate_interval', '4s');

/** What Prometheus itself adds to every series. */
const scrapeLabels = ['job', 'instance', 'namespace'];

describe('board and alerts, on a recorded run in a real Prometheus', () => {
  let run: RecordedRun | undefined;
  let prometheus: LocalPrometheus;
  let [start, end] = [0, 0];
  before(async () => {
    run = await startRecordedRun();
    prometheus = await startLocalPrometheus(run.exposed);
    start = Date.now() / 1000;
    await run.live();
    end = Date.now() / 1000;
  });
  after(async () => {
    await prometheus?.stop();
    await run?.stop();
  });

  const panels = board.flatMap((row) => row.panels);
  const asked = [
    ...panels.flatMap(({ title, queries }) =>
      queries.map(({ expr }) => ({ who: `panel ${title}`, expr: fillIn(expr) })),
    ),
    ...rules.map(({ alert, expr }) => ({ who: `alert ${alert}`, expr: expr as string })),
  ];

  test('every metric that is asked for is exposed, with every label', async () => {
    for (const { who, expr } of asked) {
      const { metrics, labels } = askedBy(expr);
      assert.ok(metrics.size > 0, `${who} asks for nothing`);
      const known = new Set([...scrapeLabels, 'certificate']);
      for (const metric of metrics) {
        const found = await prometheus.series(metric);
        assert.ok(found.length > 0, `${who}: nothing exposes ${metric}`);
        for (const one of found) for (const label of Object.keys(one)) known.add(label);
      }
      assert.deepEqual(
        [...labels].filter((label) => !known.has(label)),
        [],
        `${who}: labels that are not there`,
      );
    }
  });

  test('every query of a panel is one that Prometheus takes, and shows something', async () => {
    for (const { title, queries } of panels) {
      for (const { expr } of queries) {
        const found = await prometheus.range(fillIn(expr), start, end);
        const points = found.flatMap((one) => one.points);
        assert.ok(
          points.some(([, value]) => Number.isFinite(value)),
          `${title}: ${expr} shows nothing`,
        );
      }
    }
  });

  test('series of a receiver say of themselves of which replica, volume and target they are', async () => {
    for (const metric of ['syncreplica_receiver_volume_free_bytes', 'syncreplica_receiver_connections'])
      assert.deepEqual(
        new Set(
          (await prometheus.series(metric)).map(({ replica_namespace, replica, volume, target, pod }) =>
            [replica_namespace, replica, volume, target, pod].join(' '),
          ),
        ),
        new Set(['shop uploads uploads dr uploads-dr-0', 'shop uploads uploads offsite uploads-offsite-0']),
        metric,
      );
  });

  test('every alert is one that Prometheus takes', async () => {
    for (const { expr } of rules) await prometheus.range(expr, start, end);
  });

  test('what happened is what the board shows: a lag that rose and fell, an offline target, bytes on the wire', async () => {
    const ask = async (title: string, index = 0) => {
      const panel = panels.find((one) => one.title === title) ?? assert.fail(`no panel ${title}`);
      return prometheus.range(fillIn(panel.queries[index]?.expr ?? ''), start, end);
    };
    const offsite = (await ask('Lag')).find(({ labels }) => labels.target === 'offsite');
    const lags = offsite?.points.map(([, value]) => value) ?? [];
    assert.ok(Math.max(...lags) > 5, `the lag rose to ${Math.max(...lags)} s`);
    const states = (await ask('States')).find(({ labels }) => labels.target === 'offsite');
    const deleted = (await ask('Entries')).find(({ labels }) => labels.operation === 'delete');
    assert.ok(
      deleted?.points.some(([, value]) => value > 0),
      'deletions are counted',
    );
    assert.ok(states?.points.some(([, value]) => value === 3) && states.points.some(([, value]) => value === 2));
    const [content, wire] = [await ask('Bytes', 0), await ask('Bytes', 1)];
    const most = (found: typeof content, label: string, value: string): number =>
      Math.max(...(found.find(({ labels }) => labels[label] === value)?.points.map(([, figure]) => figure) ?? [0]));
    assert.ok(
      most(wire, 'direction', 'sent') >= most(content, 'kind', 'literal'),
      'the wire carries the content and more',
    );
    const mended = await ask('Mended and sent again', 0);
    assert.ok(
      mended.some(({ labels, points }) => labels.target === 'dr' && points.some(([, value]) => value > 0)),
      'what rotted was mended',
    );
  });

  test('bytes on the wire are those that the status tells, and bytes of content those of the files', async () => {
    const port = run?.exposed.find(({ labels }) => labels.pod === 'web-1')?.port;
    const look = async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const figure = (metric: string, target: string, label: string): number => {
        const start = `syncreplica_${metric}{target="${target}",${label}`;
        return Number(
          text
            .split('\n')
            .find((one) => one.startsWith(start))
            ?.split(' ')
            .at(-1),
        );
      };
      return [...(run?.sentBytes() ?? [])].map(([target, status]) => ({
        target,
        status,
        wire: figure('wire_bytes_total', target, 'direction="sent"'),
        content: figure('transferred_bytes_total', target, 'kind="literal"'),
      }));
    };
    const before = await look();
    const sizes = [100_000, 1, 250_000];
    await run?.moveIn(sizes);
    const after = await look();
    const moved = sizes.reduce((sum, size) => sum + size, 0);
    assert.equal(after.length, 2);
    for (const [index, { target, status, wire, content }] of after.entries()) {
      assert.ok(status > 0);
      assert.equal(wire, status, `${target}: the wire`);
      assert.equal(content - (before[index]?.content ?? 0), moved, `${target}: the content`);
      const carried = wire - (before[index]?.wire ?? 0);
      assert.ok(carried >= moved && carried < moved * 1.1, `${target}: ${carried} bytes for ${moved}`);
    }
  });

  test('what the documents show of the board is drawn from its own queries', async () => {
    const shown = [
      ...['Lag', 'States', 'From a change to the target', 'Pending changes', 'Bytes', 'Entries'],
      ...['Events', 'Watches used', 'Mended and sent again', 'Room', 'What it takes', 'How long a look takes'],
    ];
    const recorded = await Promise.all(
      shown.map(async (title): Promise<RecordedPanel> => {
        const panel = panels.find((one) => one.title === title) ?? assert.fail(`no panel ${title}`);
        const series = await Promise.all(
          panel.queries.map(async ({ expr, legend }) =>
            (await prometheus.range(fillIn(expr), start, end)).map((one) => ({ ...one, legend })),
          ),
        );
        return { panel, series: series.flat() };
      }),
    );
    const svg = drawPanels(recorded);
    for (const title of shown) assert.ok(svg.includes(`>${title}<`), `${title} is not drawn`);
    if (process.env.UPDATE_CAPTURES) writeFileSync('docs/board/board.svg', svg);
    assert.match(readFileSync('docs/board/board.svg', 'utf8'), /^<svg /);
  });

  test('a scrape of an agent with two targets takes less than 20 KiB, and less than 5 ms of a processor', async () => {
    const port = run?.exposed.find(({ labels }) => labels.pod === 'web-1')?.port;
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < 50; round++) {
      const begun = process.cpuUsage();
      bytes = (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).length;
      const { user, system } = process.cpuUsage(begun);
      times.push((user + system) / 1_000);
    }
    times.sort((a, b) => a - b);
    const [best = Infinity, median = Infinity] = [times[0], times[25]];
    assert.ok(best < 5, `${best} ms`);
    assert.ok(bytes < 20 * 1024, `${bytes} bytes for two targets`);
    const figures = `best ${best.toFixed(1)} ms, median ${median.toFixed(1)} ms of 50`;
    console.log(
      `a scrape of an agent with two targets, processor time of both ends: ${figures}, ${(bytes / 1024).toFixed(1)} KiB`,
    );
  });
});
