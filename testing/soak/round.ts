import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicaStatus } from '../../sidecar/protocol/agent-status.ts';
import { errorMessage } from '../../src/process/failure.ts';
import { createRandom, type Random } from '../storm/random.ts';
import { Storm, type StormStep } from '../storm/storm.ts';
import { compareTrees } from '../trees/compare-trees.ts';
import { changedAtMs } from './age-of-difference.ts';
import { answerWithin } from './answer-within.ts';
import { describeStandstill } from './describe-standstill.ts';
import { findLies } from './find-lies.ts';
import type { RoundOptions, RoundOutcome } from './round-options.ts';
import type { RoundRecord } from './round-record.ts';
import { keepsOwners, SoakWorld } from './soak-world.ts';

/** One round: a storm and a program on a source, faults, questions; in the end both trees are equal. */
export async function runRound(
  options: RoundOptions,
  record: RoundRecord,
  keep: (world: SoakWorld) => void,
): Promise<RoundOutcome> {
  await using world = await SoakWorld.start(options);
  return await runRoundIn(world, options, record, keep);
}

/** The same in a world that other rounds were in before, and nothing of this one is left in its source. */
export async function runRoundIn(
  world: SoakWorld,
  options: RoundOptions,
  record: RoundRecord,
  keep: (world: SoakWorld) => void,
): Promise<RoundOutcome> {
  const round = new Round(options, record, world);
  const outcome = await round.run();
  if (outcome.failures.length > 0) keep(world);
  round.clear();
  return outcome;
}

/** Most rounds are at rest before. */
const movesDirectories: ReadonlySet<StormStep> = new Set(['exchange directories', 'rename directory', 'swap']);
const slowMs = 20_000;
const tellEveryMs = 5_000;
/** Where agents are to know after a restart where to look, a fault waits so long for it. */
const longestClaimMs = 20_000;
const stepsWhileAway = 40;

class Round {
  readonly #options: RoundOptions;
  readonly #record: RoundRecord;
  readonly #world: SoakWorld;
  readonly #top: string;
  readonly #storm: Storm;
  /** On a file system inside. */
  readonly #inside: Storm | undefined;
  readonly #failures: string[] = [];
  #steps = 0;
  #faults = 0;
  #asked = 0;
  #saidInSync = 0;
  #isSlow = false;

  constructor(options: RoundOptions, record: RoundRecord, world: SoakWorld) {
    this.#options = options;
    this.#record = record;
    this.#world = world;
    this.#top = join(world.world.source, 'storm');
    mkdirSync(this.#top);
    const without = options.trusts ? (['write through a mapping'] as const) : [];
    const storm = { seed: options.seed, rare: true, maxFileBytes: 256 * 1024, without };
    this.#storm = new Storm(this.#top, storm);
    const { inside } = world;
    this.#inside = inside === undefined ? undefined : new Storm(inside, { ...storm, entries: 60 });
  }

  async run(): Promise<RoundOutcome> {
    const { seed, durationMs } = this.#options;
    await this.#untilBegun();
    const over = new AbortController();
    const working = [
      this.#orFail('the storm', this.#rage(over.signal, createRandom(seed + 1))),
      this.#orFail('a fault', this.#strike(over.signal, createRandom(seed + 2))),
      this.#orFail('a question', this.#ask(over.signal, createRandom(seed + 3))),
      this.#orFail('the program', this.#runProgram(over.signal, createRandom(seed + 4))),
    ];
    await sleep(durationMs);
    over.abort();
    await Promise.all(working);
    for (const storm of [this.#storm, this.#inside]) storm?.closeMappings();
    let restedMs = await this.#rest();
    if (this.#options.trusts) {
      await this.#restartTrusting();
      restedMs += await this.#rest();
    }
    const { rests = 0, found = 0 } = (await this.#status())?.verification ?? {};
    await this.#compare();
    await this.#checkProgram();
    const counts = { steps: this.#steps, faults: this.#faults, asked: this.#asked, saidInSync: this.#saidInSync };
    const { claims } = this.#world;
    return { ...counts, claims, restedMs, rests, found, isSlow: this.#isSlow, failures: this.#failures };
  }

  clear(): void {
    const { inside } = this.#world;
    const tops = inside === undefined ? [] : readdirSync(inside, { encoding: 'latin1' as BufferEncoding });
    for (const path of [Buffer.from(this.#top), ...tops.map((name) => Buffer.from(`${inside}/${name}`, 'latin1'))])
      rmSync(path, { recursive: true });
  }

  /** Before the first comparison nothing is said to be in sync, and on a busy machine a round may be over before it is done. */
  async #untilBegun(): Promise<void> {
    const until = performance.now() + this.#options.restMs;
    while ((await this.#status())?.initialPassDone !== true && performance.now() < until) await sleep(100);
  }

  async #rage(over: AbortSignal, random: Random): Promise<void> {
    while (!over.aborted) {
      for (let burst = 1 + random.below(20); burst > 0; burst -= 1, this.#steps += 1) {
        const isInside = this.#inside !== undefined && this.#world.isInsideThere && random.below(8) === 0;
        const storm = isInside ? (this.#inside as Storm) : this.#storm;
        const step = storm.step();
        const paths = storm.touched();
        this.#record.note('step', { step, ...(isInside ? { isInside } : {}), paths });
        if (!movesDirectories.has(step)) continue;
        const top = isInside ? 'inside' : 'storm';
        this.#world.moved.note(
          paths.map((path) => `${top}/${path}`),
          Date.now(),
        );
      }
      // Now and then nothing happens for long enough that the replica may say in sync.
      await sleep(random.below(40) === 0 ? 2_000 : random.below(60));
    }
  }

  async #strike(over: AbortSignal, random: Random): Promise<void> {
    const possible = this.#options.faults.filter(({ needsDisk }) => needsDisk !== true || this.#world.hasDisk);
    while (possible.length > 0 && !over.aborted) {
      await sleep(500 + random.below(3_000));
      if (this.#options.trusts) await this.#untilClaimed(over);
      if (over.aborted) return;
      const fault = random.pick(possible);
      this.#record.note('fault', { fault: fault.name });
      await fault.strike(this.#world, random);
      this.#record.note('fault is over', { fault: fault.name });
      this.#faults += 1;
    }
  }

  async #untilClaimed(over?: AbortSignal): Promise<void> {
    const until = performance.now() + longestClaimMs;
    while (over?.aborted !== true && !this.#world.hasClaim && performance.now() < until) await sleep(100);
  }

  /** One more agent that may know where to look, whatever it was that struck before. */
  async #restartTrusting(): Promise<void> {
    await this.#untilClaimed();
    await this.#world.restartAgent('SIGKILL', () => {
      for (let n = 0; n < stepsWhileAway; n += 1)
        this.#record.note('step while no agent runs', { step: this.#storm.step(), paths: this.#storm.touched() });
    });
  }

  async #runProgram(over: AbortSignal, random: Random): Promise<void> {
    const { program } = this.#options;
    if (program === undefined) return;
    const directory = join(this.#world.world.source, program.name);
    mkdirSync(directory);
    while (!over.aborted) {
      await program.run({ directory, random, rounds: 1, signal: over });
      await sleep(random.below(200));
    }
  }

  /** Holds what the status says against a comparison. */
  async #ask(over: AbortSignal, random: Random): Promise<void> {
    while (!over.aborted) {
      await sleep(200 + random.below(1_500));
      const { source, data } = this.#world.world;
      const askedAt = Date.now();
      const said = await this.#status();
      if (said === undefined) continue;
      this.#asked += 1;
      if (!said.inSync) continue;
      this.#saidInSync += 1;
      const mapped = new Set(this.#mappedPaths());
      const found = await compareTrees(source, data, { owners: keepsOwners, exclude: (path) => mapped.has(path) });
      const aged = found.map((one) => {
        const changedAt = Math.max(changedAtMs(source, one.path), this.#world.moved.lastAbove(one.path));
        return { ...one, ageMs: askedAt - changedAt };
      });
      for (const lie of findLies(said, aged)) this.#fail('said in sync', { said, lie });
    }
  }

  #mappedPaths(): string[] {
    const inside = this.#inside?.mappedPaths() ?? [];
    return [...this.#storm.mappedPaths().map((path) => `storm/${path}`), ...inside.map((path) => `inside/${path}`)];
  }

  /** Undefined while the agent is being started anew, and when it hangs. */
  async #status(): Promise<ReplicaStatus | undefined> {
    try {
      return (await answerWithin(this.#options.restMs / 2, this.#world.agent.status())).replicas[0];
    } catch (error) {
      this.#record.note('no answer', { error: errorMessage(error) });
      return undefined;
    }
  }

  /** Waits until the replica says that it is in sync and has nothing to do, for a moment on end. */
  async #rest(): Promise<number> {
    const startedAt = performance.now();
    let movedAt = startedAt;
    let tellAt = startedAt + slowMs;
    let seen = '';
    let last: ReplicaStatus | undefined;
    for (let calm = 0; calm < 5; await sleep(100)) {
      last = await this.#status();
      const { pending, transferredBytes, transferredFiles, position, link } = last ?? {};
      const now = JSON.stringify([pending, transferredBytes, transferredFiles, position, link]);
      if (now !== seen) movedAt = performance.now();
      seen = now;
      calm = last?.inSync && last.initialPassDone && last.pending === 0 && last.lagSeconds === 0 ? calm + 1 : 0;
      if (performance.now() > tellAt) {
        this.#isSlow = true;
        tellAt = performance.now() + tellEveryMs;
        this.#record.note('is not at rest yet', { last, ...(await describeStandstill(this.#world)) });
      }
      // However slow the machine is, as long as something moves.
      if (performance.now() - movedAt < this.#options.restMs) continue;
      this.#fail('does not come to rest', { last });
      break;
    }
    return performance.now() - startedAt;
  }

  async #compare(): Promise<void> {
    const { source, data } = this.#world.world;
    const differences = await compareTrees(source, data, { owners: keepsOwners });
    if (differences.length > 0)
      this.#fail(`${differences.length} differences at rest`, { differences: differences.slice(0, 20) });
  }

  async #checkProgram(): Promise<void> {
    const { program } = this.#options;
    const copy = join(this.#world.world.data, program?.name ?? '');
    if (program?.check === undefined || !existsSync(copy)) return;
    try {
      program.check(copy);
    } catch (error) {
      this.#fail(`the copy is not what the user of ${program.name} expects`, { error: errorMessage(error) });
    }
  }

  /** What throws fails its round, which is kept then, and not the soak with all that it has started and mounted. */
  async #orFail(what: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#fail(`${what} threw`, { error: errorMessage(error) });
    }
  }

  #fail(what: string, fields: object): void {
    this.#record.note(`FAILED: ${what}`, fields);
    this.#failures.push(`${what}: ${JSON.stringify(fields)}`);
  }
}
