// Asks the installed operator, through its Service, what the API server asks it.
import { request } from 'node:https';
import { readFileSync } from 'node:fs';

const [host, authority] = process.argv.slice(1);
const ca = authority ? readFileSync(authority, 'utf8') : undefined;
const review = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'helm-test',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    operation: 'CREATE',
    namespace: 'default',
    object: { metadata: { name: 'helm-test' }, spec: { containers: [{ name: 'app' }] } },
  },
};

const answer = await new Promise((resolve, reject) => {
  const options = { host, port: 443, path: '/mutate-pods', method: 'POST', ca, rejectUnauthorized: ca !== undefined };
  const outgoing = request(options, async (response) => {
    let text = '';
    for await (const chunk of response) text += chunk;
    resolve({ status: response.statusCode, text });
  });
  outgoing.on('error', reject);
  outgoing.end(JSON.stringify(review));
});
const { response } = JSON.parse(answer.text || '{}');
if (answer.status !== 200 || response?.uid !== 'helm-test' || response.allowed !== true) {
  throw new Error(`the webhook answered ${answer.status} ${answer.text}`);
}
console.log('the webhook answers');

const metrics = await (await fetch(`http://${host}:8080/metrics`)).text();
for (const name of ['syncreplica_webhook_requests_total', 'syncreplica_certificate_expiry_timestamp_seconds']) {
  if (!metrics.includes(name)) throw new Error(`the operator's metrics lack ${name}`);
}
console.log('the operator shows its metrics');
