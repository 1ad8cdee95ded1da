import { dnsService, inside, type NodeLayout, podRange } from './layout.ts';

/** What the files of a node depend on beside its own place. */
export interface NodeFacts {
  readonly cgroupVersion: 1 | 2;
  /** The cgroup of this node's pods, `/a/b`. */
  readonly cgroupRoot: string;
  readonly pauseImage: string;
  /** Without CAP_SYS_RESOURCE nothing may lower its own OOM score, and runc would die of the attempt. */
  readonly mayLowerOomScore: boolean;
}

/** The configuration files of one node: name in its configuration folder → text. */
export function nodeFiles(node: NodeLayout, facts: NodeFacts): Readonly<Record<string, string>> {
  return {
    'containerd.toml': containerdConfig(facts),
    'kubelet.json': json(kubeletConfig(facts)),
    'kube-proxy.json': json(kubeProxyConfig(node)),
    'net.d/10-pods.conflist': json(podNetwork(node)),
    'resolv.conf': 'nameserver 127.0.0.1\n', // for pods with dnsPolicy Default: outside of the cluster there is nothing to ask
  };
}

function containerdConfig(facts: NodeFacts): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${facts.pauseImage}"
  restrict_oom_score_adj = ${!facts.mayLowerOomScore}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${inside.config}/net.d"
`;
}

function kubeletConfig(facts: NodeFacts): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${inside.pki}/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${inside.config}/kubelet-server.crt`,
    tlsPrivateKeyFile: `${inside.config}/kubelet-server.key`,
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    clusterDomain: 'cluster.local',
    clusterDNS: [dnsService],
    resolvConf: `${inside.config}/resolv.conf`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: facts.cgroupRoot,
    ...(facts.cgroupVersion === 1 ? { failCgroupV1: false } : {}),
    failSwapOn: false,
    // The disk is the host's: how full it is says nothing about this node, and must not drive pods away.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
    },
    nodeStatusUpdateFrequency: '4s',
    syncFrequency: '20s',
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
    registerNode: true,
    maxPods: 60,
  };
}

function kubeProxyConfig(node: NodeLayout): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: `${inside.config}/kube-proxy.kubeconfig` },
    mode: 'nftables',
    clusterCIDR: podRange,
    hostnameOverride: node.name,
    // The table's size belongs to the host and can't be set from a network namespace.
    conntrack: { maxPerCore: 0, min: 0 },
  };
}

function podNetwork(node: NodeLayout): object {
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: '/run/cni-addresses',
          ranges: [[{ subnet: `${node.podPrefix}.0/24` }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
