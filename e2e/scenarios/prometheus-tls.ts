import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { metricsServerName } from '../../src/api/names.ts';
import { formatYaml } from '../../src/terminal/yaml.ts';
import { blocksOf } from '../docs/read-documents.ts';
import { operatorNamespace, releaseName } from '../harness/chart.ts';
import { agentsOf, runningPod } from '../harness/look/pods.ts';
import { provesReplication, startReplicated } from '../harness/look/replicas.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';
import { authorityFile, jobsOfMonitors, monitorKinds } from './prometheus/monitors.ts';
import { type PrometheusServer, startPrometheus } from './prometheus/server.ts';

const chart = join(dirname(dirname(import.meta.dirname)), 'charts', 'syncreplica');
const authority = { configMap: { name: 'syncreplica-authority', key: 'ca.crt' } };
const monitored = {
  annotations: true,
  tls: { enabled: true, config: { ca: authority, serverName: metricsServerName, insecureSkipVerify: false } },
  podMonitor: { enabled: true },
  serviceMonitor: { enabled: true },
};
const unmonitored = {
  annotations: false,
  tls: { enabled: false, config: { insecureSkipVerify: true } },
  podMonitor: { enabled: false },
  serviceMonitor: { enabled: false },
};

/** Agents, receivers and the operator are asked over TLS, verified, as the monitors of the chart say it to a real Prometheus. */
export const scenario = defineScenario({
  name: 'prometheus-tls',
  async run(context) {
    const namespace = await context.namespace();
    await context.apply(monitorKinds);
    try {
      await context.step('the chart is upgraded to metrics over TLS', () => upgrade(context, monitored));
      await startReplicated(context, namespace, makeReplica('web'), makeApplication(context));
      await provesReplication(context, namespace, 'web', 'web');
      const jobs = await jobsOfMonitors(context, operatorNamespace);
      assert.equal(jobs.length, 3, 'agents, receivers, the operator');
      const ca = await authorityOf(context);
      const config = formatYaml({ scrape_configs: [...jobs, annotatedJob()] });
      const prometheus = await startPrometheus(context, namespace, config, '{}', { [authorityFile]: ca });
      await context.step('every part is asked, and verified', () => untilUp(context, prometheus, namespace));
      await context.step('in the clear nobody is told anything', () => isClosed(context, namespace));
    } finally {
      await upgrade(context, unmonitored);
      for (const { metadata } of monitorKinds)
        await context.kubectl(['delete', 'customresourcedefinition', metadata.name, '--ignore-not-found']);
    }
  },
});

/** The job of the documents that goes by annotations, verified as the monitors are. */
const annotatedJob = (): object => {
  const [, block = ''] = blocksOf('docs/how-to-monitor.md', 'yaml');
  const [job] = parse(block).scrape_configs;
  const tls = { ca_file: authorityFile, server_name: metricsServerName };
  return { ...job, scrape_interval: '1s', tls_config: tls };
};

const upgrade = async (context: Context, monitoring: object): Promise<void> => {
  const words = ['upgrade', releaseName, chart, '--namespace', operatorNamespace, '--reuse-values'];
  await context.helm([...words, '--set-json', `monitoring=${JSON.stringify(monitoring)}`, '--wait', '--timeout', '4m']);
  // Helm waits for the new ones only: what an old one does until its end has the old values.
  await context.waitFor('no old operator to be left', async () => {
    const pods = await context.list('pods', operatorNamespace, 'app.kubernetes.io/component=operator');
    return pods.length > 0 && pods.every(({ metadata }) => metadata.deletionTimestamp === undefined);
  });
};

/** What the documents say to give a Prometheus: the authority by which the API server trusts the webhook. */
const authorityOf = async (context: Context): Promise<string> => {
  const { webhooks } = await context.get('mutatingwebhookconfiguration', releaseName);
  return Buffer.from(webhooks[0].clientConfig.caBundle, 'base64').toString();
};

const untilUp = async (context: Context, prometheus: PrometheusServer, namespace: string): Promise<void> => {
  const mine = `replica_namespace="${namespace}",replica="web"`;
  const whole = `${mine},volume="web",target="dr"`;
  for (const series of [
    `syncreplica_lag_seconds{${whole}}`,
    `syncreplica_receiver_connections{${whole},pod="web-dr-0"}`,
    `syncreplica_in_sync_replicas{${mine}}`,
  ])
    for (const job of ['job="annotated"', 'job!="annotated"']) {
      const selected = series.replace('}', `,${job}}`);
      await context.waitFor(selected, async () => {
        await prometheus.discover();
        return (await prometheus.query(selected)).length > 0;
      });
    }
  await context.waitFor('every part to be up', async () => {
    const up = await prometheus.query(`up{namespace=~"${namespace}|${operatorNamespace}"}`);
    return up.length >= 3 && up.every(({ value }) => value === 1);
  });
};

const isClosed = async (context: Context, namespace: string): Promise<void> => {
  const { metadata, spec } = await runningPod(context, namespace, 'web');
  const [agent] = spec.initContainers.filter(({ name }: KubeObject) => agentsOf({ spec }).includes(name));
  const { containerPort } = agent.ports.find(({ name }: KubeObject) => name === 'srep-metrics');
  const script = `fetch('http://127.0.0.1:${containerPort}/metrics').then(({ status }) => console.log(status))`;
  const where = { namespace, pod: metadata.name, container: 'app' };
  assert.equal((await context.exec(where, ['node', '-e', script])).trim(), '403');
};
