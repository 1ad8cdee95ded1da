import { apiserverPort, controlAddress, inside, type NodeLayout, serviceRange } from './layout.ts';

/** A program that a machine keeps running, as its init is told (see machine/main.go). */
export interface Unit {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly log: string;
}

const pki = inside.pki;
const config = inside.config;

/** What runs on the control machine, in the order in which it is started. */
export function controlUnits(): readonly Unit[] {
  return [
    unit('etcd', etcdFlags()),
    unit('kube-apiserver', apiserverFlags()),
    unit('kube-controller-manager', controllerManagerFlags()),
    unit('kube-scheduler', [...kubeconfigs('scheduler'), '--bind-address=127.0.0.1', '--leader-elect=true']),
    unit('provisioner', [`--kubeconfig=${config}/provisioner.kubeconfig`, `--volumes=${inside.volumes}`]),
  ];
}

/** What runs on a node, in the order in which it is started. */
export function nodeUnits(node: NodeLayout): readonly Unit[] {
  return [
    unit('containerd', [`--config=${config}/containerd.toml`], '/usr/bin/containerd'),
    unit('kubelet', [
      `--config=${config}/kubelet.json`,
      `--kubeconfig=${config}/kubelet.kubeconfig`,
      `--hostname-override=${node.name}`,
      `--node-ip=${node.address}`,
    ]),
    unit('kube-proxy', [`--config=${config}/kube-proxy.json`]),
    unit('policies', [`--kubeconfig=${config}/policies.kubeconfig`, `--node=${node.name}`]),
  ];
}

function unit(name: string, flags: readonly string[], program = `${inside.bin}/${name}`): Unit {
  return { name, args: [program, ...flags], env: ['HOME=/root', 'GOGC=50'], log: `${inside.log}/${name}.log` };
}

function kubeconfigs(client: string): string[] {
  const path = `${config}/${client}.kubeconfig`;
  return [`--kubeconfig=${path}`, `--authentication-kubeconfig=${path}`, `--authorization-kubeconfig=${path}`];
}

function etcdFlags(): string[] {
  return [
    '--name=etcd',
    '--data-dir=/var/lib/etcd',
    '--listen-client-urls=https://127.0.0.1:2379',
    '--advertise-client-urls=https://127.0.0.1:2379',
    '--listen-peer-urls=https://127.0.0.1:2380',
    '--initial-advertise-peer-urls=https://127.0.0.1:2380',
    '--initial-cluster=etcd=https://127.0.0.1:2380',
    `--cert-file=${pki}/etcd.crt`,
    `--key-file=${pki}/etcd.key`,
    `--trusted-ca-file=${pki}/etcd-ca.crt`,
    '--client-cert-auth=true',
    `--peer-cert-file=${pki}/etcd.crt`,
    `--peer-key-file=${pki}/etcd.key`,
    `--peer-trusted-ca-file=${pki}/etcd-ca.crt`,
    '--peer-client-cert-auth=true',
    // Only for tests: a power cut of the host may cost this cluster, and every write is many times faster.
    '--unsafe-no-fsync=true',
  ];
}

function apiserverFlags(): string[] {
  return [
    `--advertise-address=${controlAddress}`,
    `--secure-port=${apiserverPort}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    `--client-ca-file=${pki}/ca.crt`,
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    '--etcd-servers=https://127.0.0.1:2379',
    `--etcd-cafile=${pki}/etcd-ca.crt`,
    `--etcd-certfile=${pki}/apiserver-etcd.crt`,
    `--etcd-keyfile=${pki}/apiserver-etcd.key`,
    `--kubelet-certificate-authority=${pki}/ca.crt`,
    `--kubelet-client-certificate=${pki}/apiserver-kubelet.crt`,
    `--kubelet-client-key=${pki}/apiserver-kubelet.key`,
    '--kubelet-preferred-address-types=InternalIP',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    `--service-cluster-ip-range=${serviceRange}`,
    `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki}/front-proxy-client.crt`,
    `--proxy-client-key-file=${pki}/front-proxy-client.key`,
    // The control machine has no kube-proxy, as where it is run by a provider: webhooks go to a Service's pods directly.
    '--enable-aggregator-routing=true',
  ];
}

function controllerManagerFlags(): string[] {
  return [
    ...kubeconfigs('controller-manager'),
    '--bind-address=127.0.0.1',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${pki}/sa.key`,
    `--root-ca-file=${pki}/ca.crt`,
    `--cluster-signing-cert-file=${pki}/ca.crt`,
    `--cluster-signing-key-file=${pki}/ca.key`,
    `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
    `--service-cluster-ip-range=${serviceRange}`,
    '--leader-elect=true',
    // Faster than by default (50 s) so that a scenario with a lost node takes seconds; the kubelet reports every 4 s.
    '--node-monitor-grace-period=16s',
    '--node-monitor-period=2s',
  ];
}
