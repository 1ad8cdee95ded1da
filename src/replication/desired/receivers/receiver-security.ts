import { elevatedCapabilities } from '../../../api/names.ts';

/** As whom a receiver writes. `Elevated` is root, which keeps owners; it passes Pod Security `baseline`. */
export type ReceiverUser =
  | { readonly access: 'SameUser'; readonly uid: number; readonly gid: number }
  | { readonly access: 'Elevated' };

/** Where the source's user is unknown or root, which a restricted pod can't be: distroless' nonroot. */
export const defaultUser = { uid: 65_532, gid: 65_532 };

/** Where the cluster gives users, one of ours would be refused; that of the source's pod was given by the cluster too. */
export const receiverPodSecurity = (user: ReceiverUser, assignedUsers: boolean) =>
  assignedUsers && user.access === 'SameUser' && user.uid === defaultUser.uid
    ? { runAsNonRoot: true, fsGroupChangePolicy: 'OnRootMismatch', seccompProfile: { type: 'RuntimeDefault' } }
    : user.access === 'Elevated'
      ? { runAsUser: 0, runAsGroup: 0, runAsNonRoot: false, seccompProfile: { type: 'RuntimeDefault' } }
      : {
          runAsUser: user.uid,
          runAsGroup: user.gid,
          runAsNonRoot: true,
          fsGroup: user.gid,
          // Always would have the kubelet walk the whole volume at every start.
          fsGroupChangePolicy: 'OnRootMismatch',
          seccompProfile: { type: 'RuntimeDefault' },
        };

export const receiverSecurity = (user: ReceiverUser) => ({
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  privileged: false,
  capabilities: { drop: ['ALL'], ...(user.access === 'Elevated' ? { add: [...elevatedCapabilities] } : {}) },
});
