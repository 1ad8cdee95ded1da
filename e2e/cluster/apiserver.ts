import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { areBuilt, binaryFolder, buildBinaries } from './binaries.ts';
import { makeAuthority, makeCertificate, makeTokenKeys } from './certificates.ts';
import { ClusterError } from './failure.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { Progress } from './progress.ts';
import { waitFor } from './wait.ts';

/** A kube-apiserver with its etcd and nothing else: no controllers, no nodes, no pods that run. */
export interface ApiServer {
  /** Path of a kubeconfig of an administrator (system:masters). */
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** Loopback port of the apiserver, TLS. */
  readonly port: number;
  /** Ends both and removes all they wrote. Can be called again. */
  stop(): Promise<void>;
  /** Ends the apiserver with SIGKILL, keeping etcd; `resume` starts it again on the same port. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

const needed = ['etcd', 'kube-apiserver', 'kubectl'];

/** True when the programs for `startApiServer` are in the cache; it then starts in a few seconds, else it builds for minutes. */
export function isApiServerBuilt(env: NodeJS.ProcessEnv): boolean {
  return areBuilt(needed, env);
}

/**
 * Starts etcd and kube-apiserver on free loopback ports, with RBAC, TLS and all default admission, for tests of the
 * control plane. Needs no root. Rejects with ClusterError `apiserver-failed`, whose message ends with the last of their logs.
 */
export async function startApiServer(
  options: { readonly env?: NodeJS.ProcessEnv; readonly progress?: Progress } = {},
): Promise<ApiServer> {
  const env = options.env ?? process.env;
  if (options.progress === undefined && !isApiServerBuilt(env)) {
    throw new ClusterError(
      'not-built',
      'start an apiserver: its programs are not in the cache',
      'Build them: npm run cluster -- build etcd kube-apiserver kubectl',
    );
  }
  if (options.progress !== undefined) await buildBinaries(options.progress, env, needed);
  const bin = binaryFolder(env);
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-apiserver-'));
  const pki = join(folder, 'pki');
  const [port, etcdPort, peerPort] = await freePorts(3);
  await makeAuthority(pki, 'ca');
  await makeCertificate(pki, { file: 'etcd', authority: 'ca', commonName: 'etcd', names: ['IP:127.0.0.1'] });
  const serverNames = ['IP:127.0.0.1', 'IP:10.0.0.1', 'DNS:localhost', 'DNS:kubernetes.default.svc'];
  await makeCertificate(pki, { file: 'apiserver', authority: 'ca', commonName: 'kube-apiserver', names: serverNames });
  const admin = { file: 'admin', authority: 'ca', commonName: 'admin', organization: 'system:masters' };
  await makeCertificate(pki, admin);
  await makeTokenKeys(pki, 'sa');
  const kubeconfig = join(folder, 'kubeconfig');
  writeKubeconfig(kubeconfig, { server: `https://127.0.0.1:${port}`, pki, client: 'admin' });
  const start = (name: string, args: readonly string[]) => launch(join(bin, name), args, join(folder, `${name}.log`));
  const etcd = start('etcd', etcdFlags(join(folder, 'etcd'), pki, etcdPort, peerPort));
  const startServer = () => start('kube-apiserver', apiserverFlags(pki, port, etcdPort));
  let server = startServer();
  const onExit = () => {
    for (const child of [server, etcd]) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', onExit);
  const stop = async () => {
    process.off('exit', onExit);
    await Promise.all([end(server), end(etcd)]);
    rmSync(folder, { recursive: true, force: true });
  };
  const ready = () => untilReady(port, pki, () => [server, etcd].every((child) => child.exitCode === null));
  try {
    await ready();
  } catch (cause) {
    const tail = (name: string) =>
      readFileSync(join(folder, `${name}.log`), 'utf8')
        .split('\n')
        .slice(-6)
        .join('\n');
    const message = `start an apiserver: it did not become ready: ${tail('etcd')}\n${tail('kube-apiserver')}`;
    await stop();
    throw new ClusterError('apiserver-failed', message, '', cause);
  }
  return {
    kubeconfig,
    kubectl: join(bin, 'kubectl'),
    port,
    stop,
    pause: () => end(server),
    resume: async () => {
      server = startServer();
      await ready();
    },
  };
}

function etcdFlags(data: string, pki: string, port: number, peerPort: number): string[] {
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${data}`,
    `--listen-client-urls=https://127.0.0.1:${port}`,
    `--advertise-client-urls=https://127.0.0.1:${port}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    `--cert-file=${pki}/etcd.crt`,
    `--key-file=${pki}/etcd.key`,
    '--client-cert-auth',
    `--trusted-ca-file=${pki}/ca.crt`,
    '--unsafe-no-fsync',
  ];
}

function apiserverFlags(pki: string, port: number, etcdPort: number): string[] {
  return [
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    // Nobody asks there; without it the server wants a default route, which a network namespace may not have.
    '--advertise-address=192.0.2.1',
    '--authorization-mode=RBAC',
    `--client-ca-file=${pki}/ca.crt`,
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    `--etcd-servers=https://127.0.0.1:${etcdPort}`,
    `--etcd-cafile=${pki}/ca.crt`,
    `--etcd-certfile=${pki}/admin.crt`,
    `--etcd-keyfile=${pki}/admin.key`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    '--service-cluster-ip-range=10.0.0.0/16',
    // With no controller that makes the service account, pods could not be created at all.
    '--disable-admission-plugins=ServiceAccount',
  ];
}

function launch(program: string, args: readonly string[], log: string): ChildProcess {
  const out = openSync(log, 'a');
  const child = spawn(program, [...args], { stdio: ['ignore', out, out] });
  closeSync(out);
  child.on('error', () => {}); // seen by untilReady: no exit code and never ready
  return child;
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL'); // nothing of it is kept, so nothing needs to be put in order
  });
}

async function untilReady(port: number, pki: string, alive: () => boolean): Promise<void> {
  const tls = {
    ca: readFileSync(`${pki}/ca.crt`),
    cert: readFileSync(`${pki}/admin.crt`),
    key: readFileSync(`${pki}/admin.key`),
  };
  let died = false;
  await waitFor(
    'the apiserver to be ready',
    async () => {
      died = !alive();
      return died || (await statusOf({ host: '127.0.0.1', port, path: '/readyz', agent: false, ...tls })) === 200;
    },
    { timeoutMs: 120_000, everyMs: 100 },
  );
  if (died) throw new ClusterError('apiserver-failed', 'wait for the apiserver: etcd or the apiserver ended', '');
}

function statusOf(options: RequestOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.once('error', reject);
    call.end();
  });
}

async function freePorts(count: 3): Promise<[number, number, number]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listenAnywhere()));
  const [a, b, c] = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [a as number, b as number, c as number];
}

function listenAnywhere(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
