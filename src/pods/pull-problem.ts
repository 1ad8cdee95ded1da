import { containers, isAgentContainer } from '../api/names.ts';

const reasons = ['ImagePullBackOff', 'ErrImagePull', 'InvalidImageName', 'ErrImageNeverPull'];

interface PulledContainer {
  readonly name: string;
  readonly image: string;
  readonly state?: { readonly waiting?: { readonly reason?: string } };
}

/** The part of a pod that says what its containers wait for. */
export interface PulledPod {
  readonly status?: {
    readonly initContainerStatuses?: readonly PulledContainer[];
    readonly containerStatuses?: readonly PulledContainer[];
  };
}

/** The image of an agent or receiver of a pod that can't be pulled; undefined while none is in the way. */
export const unpulledImage = ({ status }: PulledPod): string | undefined =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].find(
    ({ name, state }) =>
      (name === containers.receiver || isAgentContainer(name)) && reasons.includes(state?.waiting?.reason ?? ''),
  )?.image;
