import { receiverClaimName } from '../../api/names.ts';

/** The claim that holds the replica of an ordinal. */
export const claimOfTarget = (replica: string, target: string, ordinal: number): string =>
  receiverClaimName(replica, target, ordinal);
