import type { ConditionVerdict } from '../../api/conditions.ts';
import type { ResolvedSpec } from '../../api/resolved-spec.ts';
import type { Observed } from '../observed.ts';
import type { SourceVolume } from '../source-volumes.ts';
import type { ReplicaRow } from '../states/replica-rows.ts';
import type { Finding } from './checks.ts';
import type { Serving } from './serving.ts';

/** What conditions are judged by. */
export interface ConditionContext {
  readonly observed: Observed;
  readonly spec: ResolvedSpec;
  readonly volumes: readonly SourceVolume[];
  readonly rows: readonly ReplicaRow[];
  readonly findings: readonly Finding[];
  readonly serving: Serving;
  /** Pods whose agent runs and is not heard of. */
  readonly unheard: readonly string[];
  /** Nobody is heard at all. */
  readonly isDeaf: boolean;
}

/** The judge of one condition. Pure. */
export type Judge = (context: ConditionContext) => ConditionVerdict;
