import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../processes/child.ts';
import { freePort } from './free-port.ts';

const relay = fileURLToPath(new URL('./delay-relay.ts', import.meta.url));

/** A way to a port that takes as long as a long network does, in a process of its own; it begins on this machine. */
export async function startSlowNetwork(
  to: { readonly host: string; readonly port: number },
  roundTripMs: number,
): Promise<Child & { readonly host: string; readonly port: number }> {
  const port = await freePort();
  const child = startChild(process.execPath, [relay, `${port}`, to.host, `${to.port}`, `${roundTripMs}`]);
  await child.said(/listening/, 30_000);
  return { ...child, host: '127.0.0.1', port };
}
