import { readersName } from '../../api/names.ts';
import type { ResolvedReaders } from '../../api/resolved-spec.ts';
import type { ReadersStatusRow } from '../../api/schema/syncreplica.generated.ts';
import { parseDuration } from '../../api/units/duration.ts';
import type { Now, Observed } from '../observed.ts';

/** How a target's readers are: of hundreds the worst few by name. */
export interface ReadersView {
  readonly replicas: number;
  readonly fresh: number;
  /** Not known to be fresh, the worst first; `behindMs` undefined of one of which nobody knows how old it is. */
  readonly behind: readonly { readonly pod: string; readonly behindMs: number | undefined }[];
}

const mostNamed = 5;

/** By what each reader's own receiver says, which reaches all the way to the source. */
export const viewReaders = (
  { replica, receivers }: Pick<Observed, 'replica' | 'receivers'>,
  target: string,
  { replicas, freshFor }: ResolvedReaders,
  now: Now,
): ReadersView => {
  const freshForMs = parseDuration(freshFor) ?? 0;
  const set = readersName(replica.metadata.name, target);
  const behind: { pod: string; behindMs: number | undefined }[] = [];
  for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
    const pod = `${set}-${ordinal}`;
    const report = receivers.get(pod);
    const said = report?.status.coveredMs;
    const behindMs = report && said != null ? said + (now.monotonicMs - report.at) : undefined;
    if (behindMs === undefined || behindMs > freshForMs) behind.push({ pod, behindMs });
  }
  const age = ({ behindMs }: { behindMs: number | undefined }): number => behindMs ?? Number.MAX_SAFE_INTEGER;
  return { replicas, fresh: replicas - behind.length, behind: behind.sort((a, b) => age(b) - age(a)) };
};

export const readersRow = (view: ReadersView | undefined): { readonly readers?: ReadersStatusRow } =>
  view === undefined
    ? {}
    : {
        readers: {
          replicas: view.replicas,
          fresh: view.fresh,
          ...(view.behind.length === 0
            ? {}
            : {
                behind: view.behind.slice(0, mostNamed).map(({ pod, behindMs }) => ({
                  pod,
                  ...(behindMs === undefined ? {} : { behindSeconds: Math.round(behindMs / 1_000) }),
                })),
              }),
        },
      };
