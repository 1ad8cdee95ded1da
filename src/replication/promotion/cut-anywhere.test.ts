import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Promotion, VolumeStatus } from '../../../sidecar/protocol/control.ts';
import { annotations } from '../../api/names.ts';
import { parseStoredSyncReplica } from '../../api/parse.ts';
import type { SyncReplicaStatus } from '../../api/schema/syncreplica.generated.ts';
import type { Observed } from '../observed.ts';
import { decidePromotions, type PromotionPlan, type ReceiverOrder } from './decide-promotions.ts';

/** What outlives an operator, and what it saw last. Times in ms. */
class World {
  now = Date.UTC(2030, 0, 1);
  set: Record<string, string> = {};
  status: NonNullable<SyncReplicaStatus['promotions']> = [];
  wanted = 1;
  runs = true;
  promoted: Promotion | null = null;
  lineage = 'source';
  pending = 0;
  seen: { at: number; status: VolumeStatus } | undefined;

  plan(): PromotionPlan {
    const replica = {
      metadata: { name: 'uploads', namespace: 'shop', uid: 'uid-1', annotations: this.set },
      spec: {
        source: { persistentVolumeClaim: 'uploads' },
        targets: [{ name: 'dr', managed: { storage: '1Gi' }, history: {} }],
      },
      status: { promotions: this.status },
    };
    const own = { 'syncreplica.io/component': 'receiver', 'syncreplica.io/target': 'dr' };
    const observed = {
      replica,
      claims: ['uploads', 'data-uploads-dr-0'].map((name) => ({ metadata: { name, uid: `uid-of-${name}` } })),
      pods: this.runs ? [{ metadata: { name: 'uploads-dr-0', labels: own } }] : [],
      owned: { statefulSets: [{ metadata: { name: 'uploads-dr' }, spec: { replicas: this.wanted } }] },
      receivers: new Map(this.seen ? [['uploads-dr-0', this.seen]] : []),
      promotionAsked: undefined,
      orderTroubles: new Map(),
    } as unknown as Observed;
    const parsed = parseStoredSyncReplica(replica);
    assert.ok(parsed.ok);
    const volumes = [{ name: 'uploads', ordinal: 0, claim: 'uploads', pods: ['web'] }];
    return decidePromotions({ observed, spec: parsed.spec, volumes, now: { wallMs: this.now, monotonicMs: this.now } });
  }

  /** In the operator's order, and no further than `upTo` of its three parts. */
  carryOut(plan: PromotionPlan, upTo: number): void {
    if (upTo > 0) this.wanted = plan.released.has('dr') ? 0 : 1;
    if (upTo > 1) this.status = [...plan.promotions];
    if (upTo > 2) for (const { kind, lineage = '', by, to } of plan.orders) this.order(kind, lineage, by, to);
  }

  order(kind: ReceiverOrder['kind'], lineage: string, by: string, to?: { atMs: number }): void {
    if (!this.runs) return;
    if ((kind === 'promote' || kind === 'rollBack') && this.promoted === null) {
      this.promoted = { at: this.now, by, from: this.lineage };
      this.lineage = lineage;
    }
    // It takes longer than one order is waited for.
    if (to && this.promoted) {
      const { rolledBack } = this.promoted;
      const done = { wished: to.atMs, moment: to.atMs - 1, isCheckpoint: true, failed: 0 };
      this.promoted = { ...this.promoted, rolledBack: { ...done, changed: rolledBack ? 3 : null } };
    }
    if (kind === 'demote' && this.promoted !== null) {
      this.promoted = null;
      this.lineage = lineage;
    }
    const row = { target: 'dr', link: 'Online', pending: this.pending, lagSeconds: this.pending, lastError: null };
    const agents = [{ ageMs: 100, status: { phase: 'Watching', replicas: [row] } }];
    this.seen = { at: this.now, status: { note: null, promoted: this.promoted, agents } as never };
  }
}

interface Turn {
  readonly upTo: number;
  readonly isRestarted: boolean;
  readonly podFollows: boolean;
  readonly passMs: number;
  readonly arrives: number;
}

const turn = fc.record({
  upTo: fc.integer({ min: 0, max: 3 }),
  isRestarted: fc.boolean(),
  podFollows: fc.boolean(),
  passMs: fc.constantFrom(50, 500, 3_000),
  arrives: fc.integer({ min: 0, max: 5 }),
});
const whole: Turn = { upTo: 3, isRestarted: false, podFollows: true, passMs: 500, arrives: 5 };

const live = (world: World, { upTo, isRestarted, podFollows, passMs, arrives }: Turn, isDemoted: boolean): void => {
  if (isRestarted) world.seen = undefined;
  const was = world.promoted;
  world.carryOut(world.plan(), upTo);
  if (podFollows) world.runs = world.wanted > 0;
  world.pending = Math.max(0, world.pending - arrives);
  world.now += passMs;
  if (!isDemoted && was !== null)
    assert.equal(world.promoted?.at, was.at, 'what was fenced stays fenced, by the same promotion');
  if (world.wanted === 0)
    assert.notEqual(world.promoted, null, 'no claim is free before its receiver refuses every writer');
  if (world.wanted === 0 && annotations.rollBackTo in world.set)
    assert.equal(world.promoted?.rolledBack?.changed, 3, 'no claim is free before it is rolled back');
};

test('cut off after any part of any look, by any operator, a promotion comes to its end, and back', () => {
  fc.assert(
    fc.property(
      fc.array(turn, { maxLength: 12 }),
      fc.array(turn, { maxLength: 12 }),
      fc.nat(20),
      fc.boolean(),
      (there, back, pending, rollsBack) => {
        const world = new World();
        world.pending = pending;
        const order: Record<string, string> = rollsBack ? { [annotations.rollBackTo]: '2026-03-01T14:05:00Z' } : {};
        world.set = { [annotations.promote]: 'dr', ...order };
        for (const step of [...there, ...Array<Turn>(40).fill(whole)]) live(world, step, false);
        const { condition } = world.plan();
        assert.equal(condition?.status, 'True', JSON.stringify(condition));
        assert.equal(world.lineage, 'uid-of-data-uploads-dr-0');
        const [promotion] = world.status;
        assert.equal(Date.parse(promotion?.fencedAt ?? ''), world.promoted?.at);
        assert.notEqual(promotion?.loss, undefined);

        world.set = { [annotations.demote]: promotion?.fencedAt ?? '' };
        for (const step of [...back, ...Array<Turn>(40).fill(whole)]) live(world, step, true);
        assert.deepEqual([world.status, world.promoted, world.wanted, world.lineage], [[], null, 1, 'uid-of-uploads']);
        assert.equal(world.plan().condition, undefined);
      },
    ),
    { numRuns: 300 },
  );
});
