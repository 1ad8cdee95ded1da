import { UsageFailure } from '../../terminal/usage-failure.ts';

/** `first`, or a name that ends with an ordinal, as a pod's of a StatefulSet does. @throws UsageFailure */
export const parseRelayAs = (text: string): number | undefined => {
  if (text === 'first') return undefined;
  const [, ordinal] = /-(\d{1,6})$/.exec(text) ?? [];
  if (ordinal === undefined)
    throw new UsageFailure(
      `--relay-as ${text}: write first, or a name that ends with the reader's number, as web-readers-3`,
    );
  return Number(ordinal);
};
