/**
 * What is built for the cluster: each program, its Go package, and how long it took from nothing on two cores, in this order.
 * The first three are all that a control plane alone needs, so they come first.
 */
export interface Program {
  readonly name: string;
  readonly package: string;
  readonly coldSeconds: number;
  /** Folder of our own source beside go.mod, for what is written here. */
  readonly source?: string;
  /** Folder of a module of its own, whose versions need not fit the others'. */
  readonly module?: string;
}

export const kubernetesVersion = 'v1.36.3';

export const programs: readonly Program[] = [
  { name: 'etcd', package: 'go.etcd.io/etcd/server/v3', coldSeconds: 55 },
  { name: 'kube-apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver', coldSeconds: 215 },
  { name: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl', coldSeconds: 30 },
  { name: 'kube-controller-manager', package: 'k8s.io/kubernetes/cmd/kube-controller-manager', coldSeconds: 80 },
  { name: 'kube-scheduler', package: 'k8s.io/kubernetes/cmd/kube-scheduler', coldSeconds: 7 },
  { name: 'kubelet', package: 'k8s.io/kubernetes/cmd/kubelet', coldSeconds: 20 },
  { name: 'kube-proxy', package: 'k8s.io/kubernetes/cmd/kube-proxy', coldSeconds: 10 },
  { name: 'coredns', package: './coredns', coldSeconds: 15, source: 'coredns' },
  { name: 'helm', package: 'helm.sh/helm/v4/cmd/helm', coldSeconds: 30 },
  { name: 'machine', package: './machine', coldSeconds: 3, source: 'machine' },
  { name: 'provisioner', package: './provisioner', coldSeconds: 5, source: 'provisioner' },
  { name: 'policies', package: './policies', coldSeconds: 5, source: 'policies' },
  { name: 'probe', package: './probe', coldSeconds: 2, source: 'probe' },
  { name: 'link-delay', package: './link-delay', coldSeconds: 2, source: 'link-delay' },
];

const provisioner = 'github.com/kubernetes-csi/external-provisioner/v6/cmd';
const snapshotter = 'github.com/kubernetes-csi/external-snapshotter/v8/cmd';

/** A CSI driver with what makes volumes and snapshots of it: built only where a scenario needs one. */
export const csiPrograms: readonly Program[] = [
  { name: 'csi-folders', package: '.', coldSeconds: 15, module: 'csi' },
  { name: 'csi-provisioner', package: `${provisioner}/csi-provisioner`, coldSeconds: 60, module: 'csi' },
  { name: 'csi-snapshotter', package: `${snapshotter}/csi-snapshotter`, coldSeconds: 10, module: 'csi' },
  { name: 'snapshot-controller', package: `${snapshotter}/snapshot-controller`, coldSeconds: 10, module: 'csi' },
];

/** Without a version built in, the checks of version skew between the parts of Kubernetes misbehave. */
export const linkFlags = [
  '-s',
  '-w',
  ...Object.entries({
    gitVersion: kubernetesVersion,
    gitMajor: '1',
    gitMinor: '36',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
  }).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`),
].join(' ');
