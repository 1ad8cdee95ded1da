import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram } from '../cluster/started-program.ts';
import { waitFor } from '../cluster/wait.ts';
import { ensurePrometheus } from './prometheus-programs.ts';
import type { Exposed } from './recorded-run.ts';

export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since 1970 and value. */
  readonly points: readonly (readonly [number, number])[];
}

/** A real Prometheus on loopback that scrapes these every second. */
export interface LocalPrometheus {
  /** @throws with Prometheus's own words for what it can't parse */
  range(expression: string, startSeconds: number, endSeconds: number): Promise<readonly RangeSeries[]>;
  /** Labels of every series of a metric; empty where there is none. */
  series(metric: string): Promise<readonly Readonly<Record<string, string>>[]>;
  stop(): Promise<void>;
}

export const startLocalPrometheus = async (exposed: readonly Exposed[]): Promise<LocalPrometheus> => {
  const { prometheus } = await ensurePrometheus();
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-prometheus-'));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [
      {
        job_name: 'syncreplica',
        static_configs: exposed.map(({ port, labels }) => ({ targets: [`127.0.0.1:${port}`], labels })),
      },
    ],
  };
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
  const port = await freePort();
  const flags = [
    `--config.file=${folder}/config.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const program = startProgram(prometheus, flags);
  // biome-ignore lint/suspicious/noExplicitAny: the answer's shape is Prometheus's, and goes with the question
  const ask = async (path: string, query: Record<string, string>): Promise<any> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(query)}`);
    const { status, error, data } = (await answer.json()) as { status: string; error?: string; data: unknown };
    if (status !== 'success') throw new Error(`ask Prometheus ${JSON.stringify(query)}: ${error}`);
    return data;
  };
  await waitFor(
    'Prometheus',
    async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => undefined);
      return answer?.ok === true;
    },
    { timeoutMs: 60_000, everyMs: 100 },
  );
  return {
    async range(expression, startSeconds, endSeconds) {
      const data = await ask('query_range', {
        query: expression,
        start: String(startSeconds),
        end: String(endSeconds),
        step: '1',
      });
      return data.result.map(({ metric, values }: { metric: Record<string, string>; values: [number, string][] }) => ({
        labels: metric,
        points: values.map(([at, value]) => [at, Number(value)] as const),
      }));
    },
    series: (metric) => ask('series', { 'match[]': metric }),
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
};
