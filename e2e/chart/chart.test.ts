import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, parseDocument } from 'yaml';
import { documentedValues } from '../../scripts/generate/chart-values.ts';
import { labels, metricsServerName, portNames, ports } from '../../src/api/names.ts';
import { requiredPath, webhookPath } from '../../src/inject/webhook/webhook-server.ts';
import { readOperatorConfig } from '../../src/operator-config.ts';
import { permissions } from '../../src/permissions.ts';
import { defaultTrustTiming } from '../../src/trust/authorities.ts';
import { chartFolder, helm, ofKind, type Rendered, release, render } from './render.ts';

const objects = await render();
const operatorOf = (rendered: Rendered[]) => ofKind(rendered, 'Deployment')[0].spec.template.spec.containers[0];
const environmentOf = (rendered: Rendered[]): Record<string, string> => ({
  ...Object.fromEntries(operatorOf(rendered).env.map(({ name, value }: Rendered) => [name, value])),
  POD_NAME: 'syncreplica-0',
  POD_NAMESPACE: release.namespace,
});

test('helm lint finds nothing', async () => {
  const { code, stdout, stderr } = await helm(['lint', '--strict', chartFolder]);
  assert.equal(code, 0, stdout + stderr);
});

test('the operator reads every variable that the chart sets', async () => {
  const config = readOperatorConfig(environmentOf(objects));
  assert.equal(config.agentImage, 'ghcr.io/syncreplica/agent:0.1.0');
  assert.deepEqual(config.trustTiming, defaultTrustTiming);
  assert.deepEqual(config.agentResources.guaranteed, { cpu: '250m', memory: '256Mi' });
  assert.equal(config.webhookService, ofKind(objects, 'Service')[0].metadata.name);
  assert.equal(config.webhookConfiguration, ofKind(objects, 'MutatingWebhookConfiguration')[0].metadata.name);

  const source = readFileSync(join(chartFolder, '../../src/operator-config.ts'), 'utf8');
  for (const name of Object.keys(environmentOf(objects)).filter((one) => one.startsWith('SYNCREPLICA_'))) {
    assert.ok(source.includes(name.replace('SYNCREPLICA_', '')), `${name} is read by nobody`);
  }
  const other = readOperatorConfig(
    environmentOf(
      await render(
        'agent.logLevel=debug',
        'image.pullSecrets={a,b}',
        'certificates.life=10m',
        'monitoring.annotations=true',
        'monitoring.tls.enabled=true',
      ),
    ),
  );
  assert.deepEqual(
    [
      other.agentLogLevel,
      other.imagePullSecrets,
      other.trustTiming.leafLifeMs,
      other.prometheusAnnotations,
      other.metricsTls,
    ],
    ['debug', ['a', 'b'], 600_000, true, true],
  );
});

test('the roles allow what the operator needs and nothing else', async () => {
  compareRoles(objects, permissions({ webhookConfiguration: release.name }));
  const populating = await render('volumePopulator.enabled=true');
  compareRoles(populating, permissions({ webhookConfiguration: release.name, populator: true }));
  const snapshotting = await render('volumeSnapshots.enabled=true');
  compareRoles(snapshotting, permissions({ webhookConfiguration: release.name, snapshots: true }));
  compareRoles(await render('rbac.restarts=true'), permissions({ webhookConfiguration: release.name, restarts: true }));
});

const compareRoles = (rendered: Rendered[], table: ReturnType<typeof permissions>): void => {
  const wanted = (scope: string) =>
    table
      .filter((one) => one.scope === scope)
      .map(({ group, resources, verbs, names }) => ({
        apiGroups: [group],
        resources: [...resources],
        ...(names ? { resourceNames: [...names] } : {}),
        verbs: [...verbs],
      }));
  const role = (kind: string) => ofKind(rendered, kind).find(({ metadata }) => metadata.name === release.name).rules;
  const sorted = (rules: Rendered[]) => rules.map((rule) => JSON.stringify(rule, Object.keys(rule).sort())).sort();
  assert.deepEqual(sorted(role('ClusterRole')), sorted(wanted('cluster')));
  assert.deepEqual(sorted(role('Role')), sorted(wanted('own namespace')));
};

test('the webhook never blocks a pod but the one of helm test, and its CA is not rendered', () => {
  const [configuration] = ofKind(objects, 'MutatingWebhookConfiguration');
  const [webhook, required, probe, namespaces] = configuration.webhooks;
  assert.equal(webhook.failurePolicy, 'Ignore');
  assert.equal(webhook.timeoutSeconds, 5);
  assert.equal(webhook.reinvocationPolicy, 'IfNeeded');
  assert.equal(webhook.sideEffects, 'None');
  assert.equal(webhook.clientConfig.caBundle, undefined);
  assert.equal(webhook.clientConfig.service.path, webhookPath);
  const [optOut, own] = webhook.namespaceSelector.matchExpressions;
  assert.deepEqual(optOut, { key: labels.injection, operator: 'NotIn', values: ['disabled'] });
  assert.ok(own.values.includes('kube-system') && own.values.includes(release.namespace));
  assert.deepEqual(webhook.objectSelector.matchExpressions, [
    { key: labels.inject, operator: 'NotIn', values: ['false'] },
  ]);
  assert.equal(required.failurePolicy, 'Fail');
  assert.deepEqual(required.objectSelector, { matchLabels: { [labels.inject]: 'required' } });
  assert.deepEqual(required.namespaceSelector, webhook.namespaceSelector);
  assert.equal(probe.failurePolicy, 'Fail');
  assert.deepEqual(probe.objectSelector.matchLabels, { [labels.probe]: 'true' });
  assert.deepEqual(probe.namespaceSelector.matchLabels, { 'kubernetes.io/metadata.name': release.namespace });
  assert.deepEqual(probe.clientConfig, webhook.clientConfig);
  assert.equal(namespaces.failurePolicy, 'Fail');
  assert.equal(namespaces.clientConfig.service.path, requiredPath);
  assert.deepEqual(namespaces.namespaceSelector.matchExpressions, [
    ...webhook.namespaceSelector.matchExpressions,
    { key: labels.inject, operator: 'In', values: ['required'] },
  ]);
  assert.deepEqual(namespaces.objectSelector, webhook.objectSelector);
});

test('every pod of the chart passes Pod Security "restricted" with a read-only root', () => {
  const pods = [
    ...ofKind(objects, 'Pod').map(({ spec }) => spec),
    ...['Deployment', 'Job'].flatMap((kind) => ofKind(objects, kind).map(({ spec }) => spec.template.spec)),
  ];
  assert.equal(pods.length, 3);
  for (const { securityContext, containers } of pods) {
    assert.equal(securityContext.runAsNonRoot, true);
    // OpenShift's restricted-v2 refuses a user or a group that it didn't choose.
    for (const key of ['runAsUser', 'runAsGroup', 'fsGroup']) assert.equal(securityContext[key], undefined);
    assert.equal(securityContext.seccompProfile.type, 'RuntimeDefault');
    for (const container of containers) {
      assert.equal(container.securityContext.allowPrivilegeEscalation, false);
      assert.equal(container.securityContext.readOnlyRootFilesystem, true);
      assert.deepEqual(container.securityContext.capabilities, { drop: ['ALL'] });
      assert.ok(container.resources.requests.memory);
    }
  }
});

test('no Service of the namespace sets a variable of the operator', () => {
  assert.equal(ofKind(objects, 'Deployment')[0].spec.template.spec.enableServiceLinks, false);
});

test('ports are those that the program is given', () => {
  const declared = Object.fromEntries(
    operatorOf(objects).ports.map(({ name, containerPort }: Rendered) => [name, containerPort]),
  );
  // The kubelet's port is open from the control plane in clusters that close everything else.
  assert.deepEqual(declared, { webhook: 10_250, metrics: ports.operatorMetrics, probes: ports.operatorProbes });
  assert.deepEqual(readOperatorConfig(environmentOf(objects)).ports, declared);
});

test('one operator more than is needed, on another node, kept while nodes are drained', async () => {
  const deployment = ofKind(objects, 'Deployment')[0];
  assert.equal(deployment.spec.replicas, 2);
  assert.equal(deployment.spec.strategy.rollingUpdate.maxUnavailable, 0);
  const [term] = deployment.spec.template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
  assert.deepEqual(term.podAffinityTerm.labelSelector.matchLabels, deployment.spec.selector.matchLabels);
  assert.deepEqual(ofKind(objects, 'PodDisruptionBudget')[0].spec.selector, deployment.spec.selector);
  assert.equal(ofKind(await render('replicas=1'), 'PodDisruptionBudget').length, 0);
});

test('selectors mean the operator and not the test pod', () => {
  const test = ofKind(objects, 'Pod')[0].metadata.labels;
  const selectors = [
    ofKind(objects, 'Service')[0].spec.selector,
    ofKind(objects, 'NetworkPolicy')[0].spec.podSelector.matchLabels,
    ofKind(objects, 'Deployment')[0].spec.selector.matchLabels,
  ];
  for (const selector of selectors) {
    assert.deepEqual(selector, selectors[0]);
    assert.ok(Object.entries(selector).some(([key, value]) => test[key] !== value));
  }
});

test('monitors find agents and receivers by the labels and the port that they have', async () => {
  assert.equal(ofKind(objects, 'PodMonitor').length + ofKind(objects, 'ServiceMonitor').length, 0);
  const monitored = await render(
    'monitoring.podMonitor.enabled=true',
    'monitoring.serviceMonitor.enabled=true',
    'monitoring.serviceMonitor.labels.release=prometheus',
  );
  const pods = ofKind(monitored, 'PodMonitor');
  assert.deepEqual(
    pods.map(({ spec }) => spec.selector.matchLabels),
    [{ [labels.injected]: 'true' }, { [labels.component]: 'receiver' }],
  );
  for (const { spec } of pods) {
    assert.equal(spec.podMetricsEndpoints[0].port, portNames.metrics);
    assert.equal(spec.namespaceSelector.any, true);
  }
  const [service] = ofKind(monitored, 'ServiceMonitor');
  assert.equal(service.metadata.labels.release, 'prometheus');
  assert.ok(
    ofKind(monitored, 'Service')[0].spec.ports.some(({ name }: Rendered) => name === service.spec.endpoints[0].port),
  );
});

test('cert-manager may make the certificate instead', async () => {
  const rendered = await render('webhook.certManager.enabled=true');
  const [certificate] = ofKind(rendered, 'Certificate');
  const [{ spec }] = ofKind(rendered, 'Deployment').map((deployment) => deployment.spec.template);
  assert.equal(spec.volumes[0].secret.secretName, certificate.spec.secretName);
  assert.equal(
    readOperatorConfig(environmentOf(rendered)).webhookCertificateFolder,
    spec.containers[0].volumeMounts[0].mountPath,
  );
  const service = ofKind(rendered, 'Service')[0].metadata;
  assert.deepEqual(certificate.spec.dnsNames, [`${service.name}.${service.namespace}.svc`, metricsServerName]);
  const [configuration] = ofKind(rendered, 'MutatingWebhookConfiguration');
  assert.equal(
    configuration.metadata.annotations['cert-manager.io/inject-ca-from'],
    `${certificate.metadata.namespace}/${certificate.metadata.name}`,
  );
  assert.equal(ofKind(rendered, 'Issuer').length, 1);
  const own = await render(
    'webhook.certManager.enabled=true',
    'webhook.certManager.issuerRef.name=corporate',
    'webhook.certManager.issuerRef.kind=ClusterIssuer',
  );
  assert.equal(ofKind(own, 'Issuer').length, 0);
  assert.deepEqual(ofKind(own, 'Certificate')[0].spec.issuerRef, { name: 'corporate', kind: 'ClusterIssuer' });
});

const refused: [string, RegExp][] = [
  ['replicas=0', /replicas.*minimum/s],
  ['replica=3', /additional properties 'replica'/],
  ['logLevel=verbose', /logLevel/],
  ['image.pullPolicy=Sometimes', /pullPolicy/],
  ['certificates.life=3 months', /certificates.life|certificates\/life/],
  ['webhook.timeoutSeconds=60', /timeoutSeconds/],
  ['agent.resources.requests.memory=lots', /requests/],
  ['hostNetwork=true', /kubelet has port 10250.*set webhook\.port/],
  ['image.agent.digest=sha256:abc', /digest/],
  ['webhook.failurePolicy=Maybe', /failurePolicy/],
];
for (const [set, message] of refused) {
  test(`helm refuses --set ${set}`, async () => {
    await assert.rejects(render(set), message);
  });
}

test('the schema and the values say the same names', () => {
  const values = parse(readFileSync(join(chartFolder, 'values.yaml'), 'utf8'));
  const schema = JSON.parse(readFileSync(join(chartFolder, 'values.schema.json'), 'utf8'));
  const compare = (given: Record<string, unknown>, part: Rendered, path: string): void => {
    const known = Object.keys(part.properties);
    assert.deepEqual(Object.keys(given).sort(), known.sort(), `values${path}`);
    for (const name of known) {
      const child = part.properties[name];
      if (child.properties && Object.keys(given[name] as object).length > 0) {
        compare(given[name] as Record<string, unknown>, child, `${path}.${name}`);
      }
    }
  };
  compare(values, schema, '');
});

test('a release of another name has names of its own', async () => {
  const { stdout } = await helm(['template', 'blue', chartFolder, '--namespace', 'elsewhere']);
  assert.match(stdout, /name: blue-syncreplica-webhook/);
  assert.doesNotMatch(stdout, /namespace: syncreplica-system/);
});

test('what charts usually have is answered by the README, and its answer is true', async () => {
  const readme = readFileSync(join(chartFolder, 'README.md'), 'utf8');
  const table = readme.slice(readme.indexOf('| usual `--set` | here |'), readme.indexOf('## Values'));
  const rows = [...table.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, usual = '', here = '']) => ({ usual, here }));
  assert.ok(rows.length >= 39, `${rows.length} rows`);
  const known = documentedValues(parseDocument(readFileSync(join(chartFolder, 'values.yaml'), 'utf8')));
  for (const { usual, here } of rows) {
    const named = [...here.matchAll(/`([a-zA-Z.]+)`/g)].map(([, name]) => name as string);
    for (const name of named.filter((one) => !one.startsWith('-')))
      assert.ok(
        known.some(({ key }) => key === name || key.startsWith(`${name}.`)),
        `${usual}: ${name} is no value`,
      );
    // A name that is not ours is refused and not ignored.
    if (!named.includes(usual)) await assert.rejects(render(`${usual}=x`), /additional properties|got string/, usual);
  }
});
