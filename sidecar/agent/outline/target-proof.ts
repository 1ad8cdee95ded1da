import type { ReplicationSettings, TargetSettings } from '../../../src/api/settings/replication-settings.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { Filter } from '../../filter/filter.ts';
import { isBehind } from '../../protocol/compare-positions.ts';
import type { Position } from '../../protocol/control.ts';
import type { RelPath } from '../changes/change.ts';
import type { Link } from '../link/link.ts';
import { judgeClaim, type TargetState } from './claim.ts';
import type { Findings } from './compare-outline.ts';
import type { OutlineKeeper } from './outline-keeper.ts';
import { makeTargetStates, rulesOf, type TargetStates } from './target-states.ts';

export interface TargetProofOptions {
  readonly target: TargetSettings;
  readonly settings: ReplicationSettings;
  readonly version: string;
  readonly stateDir: string;
  /** Absent: in the state directory. */
  readonly states?: TargetStates;
  readonly keeper: Pick<OutlineKeeper, 'latest' | 'claimed' | 'want' | 'tidy' | 'compare' | 'forget'>;
  readonly logger: Logger;
}

/** All that a target is known to have. */
export interface CoveredUntil {
  /** All that was told of before it (monotonic, ms) is there, durably. */
  readonly until: number;
  /** When all was last compared, ms since 1970. */
  readonly fullPassAt: number | null;
}

/** What is kept of one target so that a restart need not compare all of it, and whether that still counts. */
export class TargetProof {
  readonly #options: TargetProofOptions;
  readonly #states: TargetStates;
  readonly #rules: string;
  #state: TargetState | undefined;
  #isFirst = true;

  constructor(options: TargetProofOptions) {
    const { target, settings, version, stateDir, keeper } = options;
    this.#options = options;
    this.#states = options.states ?? makeTargetStates(stateDir);
    this.#rules = rulesOf(settings, version);
    this.#state = this.#states.read(target);
    keeper.claimed(target.name, this.#state?.claim?.outline);
  }

  /** The target was reached; call it before anything is sent. */
  open({ epoch, position, note, continues }: Link): void {
    const { target, logger } = this.#options;
    const why = this.#isFirst ? judgeClaim(this.#state, { epoch, position, note, rules: this.#rules }) : undefined;
    if (why !== undefined) logger.info({ target: target.name, why }, 'all has to be compared');
    const claim = this.#state?.claim ?? null;
    const counts = this.#isFirst ? why === undefined : continues && !isBehind(position, claim?.position ?? null);
    this.#isFirst = false;
    this.#write({ epoch, position, claim: counts ? claim : null });
  }

  /** Begins to look where the source is not what this target is known to have; where nobody can tell, it is known to have nothing. */
  prepare(): void {
    const id = this.#state?.claim?.outline;
    if (id === undefined) return;
    void this.#options.keeper.compare(id).then((findings) => {
      if (findings === undefined && this.#state?.claim?.outline === id) this.#disclaim();
    });
  }

  /** The source is another directory now, and the target will not have what the former one was. Call it before anything of it is sent. */
  forget(): void {
    this.#options.keeper.forget();
    this.#disclaim();
  }

  #disclaim(): void {
    if (this.#state?.claim != null) this.#write({ ...this.#state, claim: null });
  }

  /** Where the target, which has a filter of its own, may not be the source; undefined where nothing is proven. */
  async findings(filter: Filter): Promise<(Findings & { readonly fullPassAt: number | null }) | undefined> {
    const claim = this.#state?.claim;
    if (claim == null) return undefined;
    const findings = await this.#options.keeper.compare(claim.outline);
    if (findings === undefined) return undefined;
    const isWanted = (path: RelPath): boolean => !filter.canSkipDirectory(path);
    return {
      content: findings.content.filter((path) => !filter.excludes(path, false)),
      named: findings.named.filter(isWanted),
      met: findings.met,
      subtrees: findings.subtrees.filter(isWanted),
      entries: findings.entries,
      fullPassAt: claim.fullPassAt,
    };
  }

  /** A position is durable. */
  acknowledged(position: Position): void {
    if (this.#state !== undefined) this.#write({ ...this.#state, position });
  }

  /** Call it only while nothing has to be compared and nothing is known to differ. */
  covered({ until, fullPassAt }: CoveredUntil): void {
    this.#options.keeper.want();
    const { latest } = this.#options.keeper;
    const position = this.#state?.position;
    if (this.#state === undefined || position == null || latest === undefined || until <= latest.at) return;
    if (this.#state.claim?.outline === latest.id) return;
    const claim = { outline: latest.id, rules: this.#rules, position, fullPassAt };
    if (this.#write({ ...this.#state, claim })) this.#options.keeper.tidy();
  }

  #write(state: TargetState): boolean {
    const { stateDir, target, keeper, logger } = this.#options;
    try {
      this.#states.write(target, state);
      this.#state = state;
      keeper.claimed(target.name, state.claim?.outline);
      return true;
    } catch (err) {
      // What is there is of an epoch that has ended: it proves nothing any more.
      this.#state = { ...state, claim: null };
      logger.warn({ err, stateDir }, 'what a target has can not be noted: a restart compares all of it');
      return false;
    }
  }
}
