import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ports, scrapeAnnotations } from '../../src/api/names.ts';
import { runCommand } from '../cluster/command.ts';
import { blocksOf } from '../docs/read-documents.ts';
import { ensurePrometheus } from './prometheus-programs.ts';

const { promtool } = await ensurePrometheus();
const folder = mkdtempSync(join(tmpdir(), 'syncreplica-scrape-jobs-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What role `pod` of Prometheus's discovery tells of a port of a receiver's pod. */
const portOf = (name: string, port: number, annotations: Readonly<Record<string, string>>) => ({
  targets: [`10.0.0.1:${port}`],
  labels: {
    __meta_kubernetes_namespace: 'shop',
    __meta_kubernetes_pod_name: 'web-dr-0',
    __meta_kubernetes_pod_container_port_name: name,
    ...Object.fromEntries(
      Object.entries(annotations).map(([key, text]) => [
        `__meta_kubernetes_pod_annotation_${key.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`,
        text,
      ]),
    ),
  },
});

/** Where a job of the documents would scrape, as a real Prometheus relabels what it finds. */
const scrapedBy = async (block: string, name: string, isTls: boolean): Promise<readonly string[]> => {
  const annotations = scrapeAnnotations(ports.receiverMetrics, isTls);
  const stranger = portOf('http', 80, {});
  const found = [
    portOf('srep', ports.receiver, annotations),
    portOf('srep-metrics', ports.receiverMetrics, annotations),
    { ...stranger, targets: ['10.0.0.9:80'] },
  ];
  const targets = join(folder, 'targets.json');
  writeFileSync(targets, JSON.stringify(found));
  const config = join(folder, 'config.yml');
  const byFile = block.replace(/kubernetes_sd_configs:\n(\s+)- role: pod/, `file_sd_configs:\n$1- files: [${targets}]`);
  assert.notEqual(byFile, block);
  writeFileSync(config, byFile);
  const { stdout } = await runCommand(promtool, ['check', 'service-discovery', '--timeout=2s', config, name]);
  const all: { labels?: Record<string, string> }[] = JSON.parse(stdout.slice(stdout.indexOf('[')));
  const scraped = all.flatMap(({ labels }) =>
    labels?.__address__ === undefined
      ? []
      : [`${labels.__scheme__}://${labels.__address__}${labels.__metrics_path__} ${labels.namespace}/${labels.pod}`],
  );
  return [...new Set(scraped)];
};

const [byPort = '', byAnnotation = ''] = blocksOf('docs/how-to-monitor.md', 'yaml');

test('the job of the documents that goes by the ports’ names scrapes metrics and nothing else', async () => {
  assert.deepEqual(await scrapedBy(byPort, 'syncreplica', false), ['http://10.0.0.1:8731/metrics shop/web-dr-0']);
});

for (const isTls of [false, true])
  test(`the job that goes by annotations finds the port that they name, ${isTls ? 'over TLS' : 'in the clear'}`, async () => {
    const scheme = isTls ? 'https' : 'http';
    assert.deepEqual(await scrapedBy(byAnnotation, 'annotated', isTls), [
      `${scheme}://10.0.0.1:8731/metrics shop/web-dr-0`,
    ]);
  });
