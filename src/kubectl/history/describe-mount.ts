/** What to write into a pod that is to see a tree beside a replica. The kernel keeps who mounts it so from writing. */
export const describeMount = (claim: string, path: string, madeOf: 'clones' | 'links'): string[] => [
  'mount it in a pod on the node of its receiver, or on any where the claim can be mounted by several:',
  `  volumes:      [{ name: past, persistentVolumeClaim: { claimName: ${claim} } }]`,
  `  volumeMounts: [{ name: past, mountPath: /past, subPath: ${path}${madeOf === 'links' ? ', readOnly: true' : ''} }]`,
];
