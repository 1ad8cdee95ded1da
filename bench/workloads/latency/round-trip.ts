import { setTimeout as sleep } from 'node:timers/promises';
import { measureLatencies } from '../../measure/file-latency.ts';
import { makeProbeDirectory, startLagProbe } from '../../measure/lag-probe.ts';
import { type Figures, percentile, type Workload } from '../../workload.ts';

/** What passes a network can't take less than a round trip and a half, if nothing is sent ahead. */
const barTrips = 1.7;

const roundTrip = (roundTripMs: number): Workload => {
  const bar = `≤ ${Math.round(roundTripMs * barTrips)} ms`;
  return {
    name: `round-trip-${roundTripMs}`,
    title: `One 4 KiB file over a network of ${roundTripMs} ms there and back`,
    figures: [
      { key: 'alone', title: 'nothing else going on, p50', unit: 'ms', bar },
      { key: 'stream', title: 'one every 100 ms, p50', unit: 'ms', bar },
      { key: 'streamWorst', title: 'p99', unit: 'ms' },
    ],
    async run({ start, source, quick, contender }): Promise<Figures> {
      makeProbeDirectory(source);
      const running = await start({ roundTripMs });
      await running.settled();
      const { samples } = await measureLatencies(running, source, { samples: quick ? 10 : 50, budgetMs: 30_000 });
      const alone = percentile(samples, 0.5) ?? 'never';
      if (!contender.watches) return { alone, stream: 'watches nothing', streamWorst: 'watches nothing' };
      const probe = startLagProbe(source, running.target);
      await sleep(quick ? 3_000 : 10_000);
      const { samples: stream, missed } = await probe.end();
      const streamWorst = missed > 0 ? `${missed} never came` : percentile(stream, 0.99);
      return { alone, stream: percentile(stream, 0.5), streamWorst };
    },
  };
};

export const roundTrips: readonly Workload[] = [roundTrip(40), roundTrip(150)];
