import { type Agent, request } from 'node:https';
import type { AgentStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import { errorMessage, Failure } from '../../process/failure.ts';

export interface AgentAddress {
  readonly host: string;
  readonly port: number;
  /** The name that the agent's certificate must carry. */
  readonly servername: string;
}

/** What the operator asks of an agent's API. `agent` carries the operator's certificate and the authorities. */
export interface AgentClient {
  /** @throws Failure `AgentUnreachable`, `AgentRefused` */
  status(address: AgentAddress, agent: Agent): Promise<AgentStatus>;
  /** @throws Failure `AgentUnreachable`, `AgentRefused` */
  pushSettings(address: AgentAddress, agent: Agent, settings: ReplicationSettings): Promise<void>;
}

const timeoutMs = 4_000;
/** A status is some KiB; more is not from an agent of ours. */
const maxAnswerBytes = 1_048_576;

export const agentClient: AgentClient = {
  status: async (address, agent) => JSON.parse(await call(address, agent, 'GET', '/v1/status')) as AgentStatus,
  pushSettings: async (address, agent, settings) => {
    await call(address, agent, 'PUT', '/v1/settings', JSON.stringify(settings));
  },
};

const call = (
  { host, port, servername }: AgentAddress,
  agent: Agent,
  method: string,
  path: string,
  body = '',
): Promise<string> =>
  new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(new Failure('AgentUnreachable', `ask agent ${host}:${port}: ${errorMessage(cause)}`, { cause }));
    const outgoing = request(
      {
        host,
        port,
        servername,
        agent,
        method,
        path,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > maxAnswerBytes) response.destroy(new Error('the answer is too long'));
          else chunks.push(chunk);
        });
        response.on('error', fail);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(text);
          else
            reject(
              new Failure('AgentRefused', `ask agent ${host}:${port}: it answered ${status} ${text.slice(0, 200)}`),
            );
        });
      },
    );
    const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    outgoing.on('close', () => clearTimeout(timer));
    outgoing.on('error', fail);
    outgoing.end(body);
  });
