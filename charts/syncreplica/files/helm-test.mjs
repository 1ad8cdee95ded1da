// Asks the API server for a pod that is never made: its way to the operator is what pods with a replica will take.
import { readFileSync } from 'node:fs';

const { TEST_NAMESPACE, TEST_SERVICE, TEST_IMAGE, TEST_VERSION, TEST_WEBHOOK_PORT, TEST_TOKEN_FILE } = process.env;
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
const token = readFileSync(TEST_TOKEN_FILE ?? '/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8').trim();
const restricted = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'syncreplica-probe-', labels: { 'syncreplica.io/probe': 'true' } },
  spec: {
    automountServiceAccountToken: false,
    containers: [
      {
        name: 'probe',
        image: TEST_IMAGE,
        resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { cpu: '10m', memory: '10Mi' } },
        securityContext: restricted,
      },
    ],
  },
};

/** What the API server says, and what it means. */
const advice = [
  [/deadline exceeded|i\/o timeout|no route to host/i, `the API server can't reach the operator: open TCP port ${TEST_WEBHOOK_PORT} from the control plane to the nodes, or set webhook.port to one that is open (443, 10250); where it reaches no pods at all, set hostNetwork=true`],
  [/no endpoints available|connection refused/i, 'no operator is ready: kubectl get pods and their logs say why'],
  [/x509|certificate/i, "the API server doesn't trust the operator's certificate: the leading operator writes caBundle into the MutatingWebhookConfiguration; does something (GitOps) take it out again?"],
  [/service .* not found/i, `the Service ${TEST_SERVICE} is missing`],
  [/Forbidden|forbidden/, 'a policy of this namespace refuses even the pod of this test; it says nothing about the webhook'],
];

const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}/api/v1/namespaces/${TEST_NAMESPACE}/pods?dryRun=All`;
const response = await fetch(url, {
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify(pod),
});
const answer = await response.json();
const fail = (why, hint) => {
  console.error(`the webhook was not reached: ${why}`);
  if (hint) console.error(`  ${hint}`);
  process.exit(1);
};
const warning = response.headers.get('warning') ?? '';
const said = /syncreplica (\S+) answers/.exec(warning)?.[1];
if (!response.ok) fail(answer.message, advice.find(([pattern]) => pattern.test(answer.message))?.[1]);
else if (said === undefined) fail('the API server did not ask it', 'is the MutatingWebhookConfiguration there, with its entry probe.syncreplica.io?');
else console.log(`SyncReplica ${said} answers the API server${said === TEST_VERSION ? '' : `; the chart is of ${TEST_VERSION}`}`);
