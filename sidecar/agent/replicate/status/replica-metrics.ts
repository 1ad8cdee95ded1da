import type { FailureReason } from '../../../protocol/agent-status.ts';
import type { RescanReason } from '../../changes/change.ts';
import type { PendingBatch } from '../../pending/pending-batch.ts';
import type { RunResult } from '../../rsync/run.ts';
import type { AgentMetrics } from '../../told/metrics.ts';

/** The metrics of one replica. */
export class ReplicaMetrics {
  readonly #metrics: AgentMetrics;
  readonly #target: string;

  constructor(metrics: AgentMetrics, target: string) {
    this.#metrics = metrics;
    this.#target = target;
  }

  onRun(result: RunResult, trigger: 'change' | 'pass'): void {
    const target = this.#target;
    const { stats } = result;
    const success = result.outcome === 'ok';
    this.#metrics.syncs.inc({ target, trigger, result: success ? 'success' : 'failure' });
    this.#metrics.duration.observe({ target }, result.durationMs / 1000);
    this.#metrics.bytes.inc({ target, kind: 'literal' }, stats.literalBytes);
    this.#metrics.bytes.inc({ target, kind: 'matched' }, stats.matchedBytes);
    this.#metrics.wire.inc({ target, direction: 'sent' }, result.traffic.sent);
    this.#metrics.wire.inc({ target, direction: 'received' }, result.traffic.received);
    const created = Math.min(stats.created, stats.files);
    this.#metrics.files.inc({ target, operation: 'create' }, created);
    this.#metrics.files.inc({ target, operation: 'update' }, Math.max(0, stats.transferred - created));
    this.#metrics.files.inc({ target, operation: 'delete' }, stats.deleted);
    if (success) this.#metrics.lastSuccess.set({ target }, Date.now() / 1000);
  }

  /** rsync counts what it deletes in what it sends, but not what was named to it as missing. */
  onDeleted(count: number): void {
    this.#metrics.files.inc({ target: this.#target, operation: 'delete' }, count);
  }

  onBatch(batch: PendingBatch, renamed: number): void {
    const target = this.#target;
    const now = performance.now();
    for (const { at } of batch.entries.values())
      this.#metrics.visible.observe({ target }, Math.max(0, now - at) / 1000);
    this.#metrics.renames.inc({ target, how: 'hint' }, renamed);
    this.#metrics.renames.inc({ target, how: 'transfer' }, batch.renames.length - renamed);
  }

  onFailure(reason: FailureReason): void {
    this.#metrics.failures.inc({ target: this.#target, reason });
  }

  onPassStarted(reason: RescanReason): void {
    this.#metrics.rescans.inc({ target: this.#target, reason });
  }

  /** The receiver made a file from one that it has. */
  onCopied(bytes: number): void {
    this.#metrics.bytes.inc({ target: this.#target, kind: 'copied' }, bytes);
    this.#metrics.files.inc({ target: this.#target, operation: 'copy' });
  }

  onSpared(): void {
    this.#metrics.spared.inc({ target: this.#target });
  }

  onFullPass(): void {
    this.#metrics.lastFullPass.set({ target: this.#target }, Date.now() / 1000);
  }

  onHeld(count: number): void {
    this.#metrics.held.set({ target: this.#target }, count);
  }
}
