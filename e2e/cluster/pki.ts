import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateRequest, makeAuthority, makeCertificate, makeTokenKeys } from './certificates.ts';
import { kubeconfigText, writeKubeconfig } from './kubeconfig.ts';
import { apiService, apiserverPort, controlAddress, type Layout, type NodeLayout } from './layout.ts';

/** Users of the apiserver on the control machine, each with the least that RBAC gives it: file → common name. */
const controlClients = {
  'controller-manager': 'system:kube-controller-manager',
  scheduler: 'system:kube-scheduler',
  provisioner: 'syncreplica-e2e:provisioner',
} as const;

/**
 * Makes every authority, certificate and key of the cluster in its `pki` folder, and the administrator's kubeconfig.
 * What exists is kept: a half-made folder is thrown away, a whole one is used again.
 */
export async function makePki(layout: Layout): Promise<void> {
  if (existsSync(layout.pki)) return;
  const folder = `${layout.pki}.unfinished`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await Promise.all([
    ...['ca', 'etcd-ca', 'front-proxy-ca'].map((file) => makeAuthority(folder, file)),
    makeTokenKeys(folder, 'sa'),
  ]);
  await Promise.all(certificatesOf(layout).map((wanted) => makeCertificate(folder, wanted)));
  renameSync(folder, layout.pki);
  writeKubeconfig(layout.kubeconfig, {
    server: `https://127.0.0.1:${apiserverPort}`,
    pki: layout.pki,
    client: 'admin',
  });
}

/** The files of the control machine's configuration folder: a kubeconfig for each of its clients. */
export function controlFiles(layout: Layout): Readonly<Record<string, string>> {
  const server = `https://127.0.0.1:${apiserverPort}`;
  return Object.fromEntries(
    Object.keys(controlClients).map((client) => [
      `${client}.kubeconfig`,
      kubeconfigText({ server, pki: layout.pki, client }),
    ]),
  );
}

/** The kubeconfigs and the serving certificate of one node. */
export function nodeIdentityFiles(layout: Layout, node: NodeLayout): Readonly<Record<string, string>> {
  const server = `https://${controlAddress}:${apiserverPort}`;
  const pem = (file: string) => readFileSync(join(layout.pki, file), 'utf8');
  return {
    'kubelet.kubeconfig': kubeconfigText({ server, pki: layout.pki, client: node.name }),
    'kube-proxy.kubeconfig': kubeconfigText({ server, pki: layout.pki, client: 'kube-proxy' }),
    'policies.kubeconfig': kubeconfigText({ server, pki: layout.pki, client: 'policies' }),
    'kubelet-server.crt': pem(`${node.name}-server.crt`),
    'kubelet-server.key': pem(`${node.name}-server.key`),
  };
}

function certificatesOf(layout: Layout): readonly CertificateRequest[] {
  const authority = 'ca';
  const serverNames = [
    'DNS:localhost',
    'DNS:kubernetes',
    'DNS:kubernetes.default',
    'DNS:kubernetes.default.svc',
    'DNS:kubernetes.default.svc.cluster.local',
    'IP:127.0.0.1',
    `IP:${apiService}`,
    `IP:${controlAddress}`,
  ];
  return [
    { file: 'etcd', authority: 'etcd-ca', commonName: 'etcd', names: ['IP:127.0.0.1', 'DNS:localhost'] },
    { file: 'apiserver-etcd', authority: 'etcd-ca', commonName: 'kube-apiserver' },
    { file: 'front-proxy-client', authority: 'front-proxy-ca', commonName: 'front-proxy-client' },
    { file: 'apiserver', authority, commonName: 'kube-apiserver', names: serverNames },
    { file: 'apiserver-kubelet', authority, commonName: 'kube-apiserver-kubelet-client' },
    { file: 'admin', authority, commonName: 'admin', organization: 'system:masters' },
    { file: 'kube-proxy', authority, commonName: 'system:kube-proxy' },
    { file: 'policies', authority, commonName: 'syncreplica-e2e:policies' },
    ...Object.entries(controlClients).map(([file, commonName]) => ({ file, authority, commonName })),
    ...layout.nodes.flatMap((node) => [
      { file: node.name, authority, commonName: `system:node:${node.name}`, organization: 'system:nodes' },
      {
        file: `${node.name}-server`,
        authority,
        commonName: `system:node:${node.name}`,
        names: [`DNS:${node.name}`, `IP:${node.address}`],
      },
    ]),
  ];
}
