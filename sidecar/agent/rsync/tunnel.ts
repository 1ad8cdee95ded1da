import { randomBytes } from 'node:crypto';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { FrameRsync } from '../../protocol/connection/framed-rsync.ts';
import type { PreserveRequest } from '../../protocol/past/preserve.ts';
import type { ThrottledStream } from './throttle.ts';

/** Opens the way to a target's rsync daemon; every hop without Nagle. */
export type Dial = () => Promise<net.Socket>;

/** Bytes that have crossed, as seen at the tunnel (inside TLS). */
export interface Traffic {
  readonly sent: number;
  readonly received: number;
}

export interface Ticket {
  /** Value of RSYNC_PROXY for the one rsync process that may use it. */
  readonly proxy: string;
  traffic(): Traffic;
  /** Of a connection in frames: tells the target what to preserve, before what rsync says next. */
  preserve(request: PreserveRequest): void;
  /** Why dialing failed, if it did. */
  error(): Error | undefined;
  /** Ends the connection, if there is one. */
  close(): void;
}

/** A process of ours asks at once. */
const askWithinMs = 10_000;

interface Pass {
  readonly dial: Dial;
  readonly frames: FrameRsync | undefined;
  local?: net.Socket;
  remote?: Duplex;
  throttle?: ThrottledStream | undefined;
  error?: Error;
  traffic: Traffic;
}

/**
 * The agent's own way out for its rsync processes: an HTTP CONNECT proxy on loopback (rsync's RSYNC_PROXY) whose every
 * connection needs a ticket that only one process knows, so that nobody else in the pod can use it.
 * It adds TLS, counts bytes, limits bandwidth and can cut one run's connection.
 */
export class Tunnel {
  readonly #server = net.createServer((socket) => this.#accept(socket));
  readonly #passes = new Map<string, Pass>();
  /** Connections that have not said yet what they want. */
  readonly #strangers = new Set<net.Socket>();
  readonly #throttle: (() => ThrottledStream) | undefined;

  /** `throttle` makes a stream that bytes towards the target go through. */
  constructor(throttle?: () => ThrottledStream) {
    this.#throttle = throttle;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  issue(dial: Dial, isFramed = false): Ticket {
    const token = randomBytes(18).toString('hex');
    const pass: Pass = { dial, frames: isFramed ? new FrameRsync() : undefined, traffic: { sent: 0, received: 0 } };
    this.#passes.set(token, pass);
    const { port } = this.#server.address() as net.AddressInfo;
    return {
      proxy: `run:${token}@127.0.0.1:${port}`,
      traffic: () => trafficOf(pass),
      preserve: (request) => pass.frames?.preserve(request),
      error: () => pass.error,
      close: () => {
        this.#passes.delete(token);
        pass.traffic = trafficOf(pass);
        pass.local?.destroy();
        pass.remote?.destroy();
      },
    };
  }

  async close(): Promise<void> {
    for (const pass of this.#passes.values()) {
      pass.local?.destroy();
      pass.remote?.destroy();
    }
    this.#passes.clear();
    for (const stranger of this.#strangers) stranger.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(local: net.Socket): void {
    local.setNoDelay(true);
    local.on('error', () => local.destroy());
    this.#strangers.add(local);
    local.on('close', () => this.#strangers.delete(local));
    local.setTimeout(askWithinMs, () => local.destroy());
    let head = '';
    const onData = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) {
        if (head.length > 8192) local.destroy();
        return;
      }
      local.off('data', onData);
      local.pause();
      local.setTimeout(0);
      this.#strangers.delete(local);
      const token = tokenOf(head);
      const pass = token === undefined ? undefined : this.#passes.get(token);
      if (token === undefined || pass === undefined || pass.local !== undefined) {
        local.end('HTTP/1.0 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      pass.local = local;
      void this.#connect(pass, local);
    };
    local.on('data', onData);
  }

  async #connect(pass: Pass, local: net.Socket): Promise<void> {
    let remote: net.Socket;
    try {
      remote = await pass.dial();
    } catch (error) {
      pass.error = error instanceof Error ? error : new Error(String(error));
      local.end('HTTP/1.0 502 Bad Gateway\r\n\r\n');
      return;
    }
    if (local.destroyed) {
      remote.destroy();
      return;
    }
    remote.setNoDelay(true);
    pass.remote = remote;
    const ended = (): void => {
      local.destroy();
      remote.destroy();
    };
    local.write('HTTP/1.0 200 OK\r\n\r\n');
    // A process that was killed just now makes the write destroy the socket, and a pipeline of such throws.
    if (local.destroyed || remote.destroyed) {
      ended();
      return;
    }
    pass.throttle = this.#throttle?.();
    const between = [pass.throttle, pass.frames].filter((stream) => stream !== undefined);
    pipeline([local, ...between, remote], ended);
    pipeline(remote, local, ended);
  }
}

function trafficOf(pass: Pass): Traffic {
  if (pass.local === undefined) return pass.traffic;
  // What a throttle holds back has not gone anywhere yet.
  return { sent: pass.throttle?.passed ?? pass.local.bytesRead, received: pass.local.bytesWritten };
}

function tokenOf(head: string): string | undefined {
  const encoded = /^proxy-authorization: basic ([\w+/=]+)\r?$/im.exec(head)?.[1];
  if (encoded === undefined) return undefined;
  const [user, token] = Buffer.from(encoded, 'base64').toString('latin1').split(':');
  return user === 'run' ? token : undefined;
}
