import { type ControlClientOptions, createControlConnection } from './connection/control-connection.ts';

/**
 * PUT /v1/volumes/{volume}/hold: nothing is written to the replica until it is let go, or `forMs` are over: the moment in which a
 * snapshot of its volume is taken. It begins at a checkpoint, if there is one within `waitMs`, and without one otherwise.
 * 409 `Held`: another one goes on. A receiver of an earlier version answers `BadRequest`.
 */
export interface HoldRequest {
  readonly id: string;
  readonly waitMs: number;
  readonly forMs: number;
}

export interface HoldAnswer {
  /** Since when, ms since the epoch. */
  readonly heldAt: number;
  /** The target was the source: the writer had said so, and nothing had come since. */
  readonly isCheckpoint: boolean;
}

/** DELETE /v1/volumes/{volume}/hold: of the same id; done twice it changes nothing. */
export interface HoldEndRequest {
  readonly id: string;
}

export interface HoldEndAnswer {
  /** Nothing was written from the beginning until now: its time was not over, and nobody else ended it. */
  readonly wasHeld: boolean;
}

export interface HoldClient {
  begin(request: HoldRequest): Promise<HoldAnswer>;
  end(request: HoldEndRequest): Promise<HoldEndAnswer>;
  close(): void;
}

/** Every method throws as those of a ControlClient do. */
export const createHoldClient = (options: ControlClientOptions): HoldClient => {
  const { send, close } = createControlConnection(options);
  const timeoutMs = options.timeoutMs ?? 10_000;
  return {
    begin: async (request) => (await send('PUT', '/hold', request, request.waitMs + timeoutMs)) as HoldAnswer,
    end: async (request) => (await send('DELETE', '/hold', request, timeoutMs)) as HoldEndAnswer,
    close,
  };
};
