import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../processes/child.ts';
import { freePort } from '../processes/free-port.ts';

const relay = fileURLToPath(new URL('../processes/delay-relay.ts', import.meta.url));

/** A way to a port of this machine that takes as long as a network does, in a process of its own. */
export async function startSlowNetwork(
  toPort: number,
  roundTripMs: number,
): Promise<Child & { readonly port: number }> {
  const port = await freePort();
  const child = startChild(process.execPath, [relay, `${port}`, `${toPort}`, `${roundTripMs}`]);
  await child.said(/listening/, 30_000);
  return { ...child, port };
}
