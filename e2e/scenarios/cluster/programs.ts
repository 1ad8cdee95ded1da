/*
 * What the scenario's pods run: small Node programs, each given as `node -e TEXT`.
 */

/** Serves HTTP (`/` its pod's name, `/bytes/N` N bytes) and UDP echo on 8080; ticks into /data/ticks; ends slowly, leaving a mark. */
export const application = `
const fs = require('node:fs');
const mark = (text) => fs.appendFileSync('/data/story', text + '\\n');
mark(fs.readFileSync('/data/story', 'utf8').includes('sidecar started') ? 'application started' : 'application too early');
setInterval(() => fs.appendFileSync('/data/ticks', '.'), 200);
require('node:http').createServer((request, response) => {
  const bytes = /^\\/bytes\\/(\\d+)/.exec(request.url)?.[1];
  response.end(bytes ? Buffer.alloc(Number(bytes), 1) : process.env.HOSTNAME);
}).listen(8080);
const udp = require('node:dgram').createSocket('udp4');
udp.on('message', (text, from) => udp.send(text, from.port, from.address));
udp.bind(8080);
process.on('SIGTERM', () => setTimeout(() => { mark('application ended'); process.exit(0); }, 1000));
`;

/** The native sidecar: says when it started, and whether the application had ended before it was told to. */
export const sidecar = `
const fs = require('node:fs');
fs.appendFileSync('/data/story', 'sidecar started\\n');
setInterval(() => {}, 1000);
process.on('SIGTERM', () => {
  const before = fs.readFileSync('/data/story', 'utf8').trim().split('\\n').at(-1);
  fs.appendFileSync('/data/story', 'sidecar ended after: ' + before + '\\n');
  process.exit(0);
});
`;

/** A pod that waits to be asked things by exec. */
export const idle = 'setInterval(() => {}, 1000); process.on("SIGTERM", () => process.exit(0));';

/** Fetches a URL and prints what came: status, bytes and how long it took. */
export const fetchOnce = `
const start = performance.now();
fetch(process.argv[1], { signal: AbortSignal.timeout(Number(process.argv[2] ?? 5000)) }).then(async (response) => {
  const text = await response.text();
  console.log(JSON.stringify({ status: response.status, bytes: text.length, text: text.slice(0, 100), ms: performance.now() - start }));
}, (error) => { console.log(JSON.stringify({ status: 0, text: String(error.cause ?? error) })); });
`;

/** Sends 300 datagrams to a UDP echo and prints how many came back, and the quickest round trip in ms. */
export const echoMany = `
const udp = require('node:dgram').createSocket('udp4');
const sent = new Map(); let back = 0, quickest = Infinity, next = 0;
udp.on('message', (text) => { back += 1; quickest = Math.min(quickest, performance.now() - sent.get(String(text))); });
const timer = setInterval(() => {
  if (next === 300) { clearInterval(timer); setTimeout(() => { console.log(JSON.stringify({ back, quickest })); process.exit(0); }, 2000); return; }
  sent.set(String(next), performance.now());
  udp.send(String(next++), 8080, process.argv[1]);
}, 5);
`;

/** A mutating webhook on 8443: answers every review with a patch that adds a label. */
export const webhook = `
const https = require('node:https'), fs = require('node:fs');
const read = (name) => fs.readFileSync('/tls/' + name);
https.createServer({ cert: read('tls.crt'), key: read('tls.key') }, (request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    if (body === '') return response.end('ok');
    const patch = Buffer.from(JSON.stringify([{ op: 'add', path: '/metadata/labels', value: { seen: 'by-webhook' } }])).toString('base64');
    const answer = { uid: JSON.parse(body).request.uid, allowed: true, patchType: 'JSONPatch', patch };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
  });
}).listen(8443);
process.on('SIGTERM', () => process.exit(0));
`;
