import { type Caches, indexes } from '../../caches/caches.ts';
import type { NamespaceLimits } from './fit-resources.ts';

/** What the LimitRanges and quotas of a namespace say. A quota with scopes may not mean the pod at all. */
export const namespaceLimits = (caches: Caches, namespace: string): NamespaceLimits => ({
  ranges: caches.limitRanges.byIndex(indexes.namespace, namespace).flatMap(({ spec }) => spec?.limits ?? []),
  quotas: caches.quotas
    .byIndex(indexes.namespace, namespace)
    .flatMap(({ spec, status }) =>
      spec?.scopes?.length || spec?.scopeSelector ? [] : [{ hard: spec?.hard ?? {}, used: status?.used ?? {} }],
    ),
});
