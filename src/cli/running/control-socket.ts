import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalPage } from '../../../sidecar/agent/journal/journal.ts';
import { errorAdvice, errorMessage, Failure } from '../../process/failure.ts';
import { type ControlVerb, controlVerbs } from './control-verbs.ts';

/** `value` is the id of `release` and `undelete`, the target of `pause` and `resume`, on or off of `journal`. */
export interface ControlOrder {
  readonly verb: ControlVerb;
  readonly value?: string | undefined;
}

export interface Controlled {
  status(): unknown;
  /** The journal's entries after a number; undefined while it is off. */
  journal(after: number): unknown;
  /** Answers what was done, in words. @throws Failure */
  obey(order: ControlOrder): Promise<string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const systemFolder = '/run/syncreplica';

/** Where sockets of agents may be: a user's own, and those of the services. */
const foldersOf = (environment: Environment, uid: number): string[] => [
  ...(environment.XDG_RUNTIME_DIR ? [join(environment.XDG_RUNTIME_DIR, 'syncreplica')] : []),
  ...(environment.RUNTIME_DIRECTORY ? [environment.RUNTIME_DIRECTORY] : []),
  systemFolder,
  join(tmpdir(), `syncreplica-run-${uid}`),
];

/** A folder that nobody else can put sockets into; undefined where there is none. */
const ownFolder = (environment: Environment, uid: number): string | undefined =>
  foldersOf(environment, uid).find((folder) => {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const stats = lstatSync(folder);
      return stats.isDirectory() && stats.uid === uid && (stats.mode & 0o022) === 0;
    } catch {
      return false;
    }
  });

/** Listens for orders of this user and root. Undefined where no safe place for it is found: nothing else depends on it. */
export const startControlSocket = async (
  controlled: Controlled,
  environment: Environment,
): Promise<{ readonly path: string; close(): void } | undefined> => {
  const folder = ownFolder(environment, process.getuid?.() ?? 0);
  if (folder === undefined) return undefined;
  const path = join(folder, `agent-${process.pid}.sock`);
  rmSync(path, { force: true });
  const server = createServer((incoming, response) => {
    answer(controlled, incoming).then(
      ({ code, body }) => response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(JSON.stringify({ error: errorMessage(error) })),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  chmodSync(path, 0o600);
  server.unref();
  return {
    path,
    close() {
      server.close();
      server.closeAllConnections();
      rmSync(path, { force: true });
    },
  };
};

const answer = async (controlled: Controlled, incoming: IncomingMessage): Promise<{ code: number; body: unknown }> => {
  const after = /^\/journal\?after=(-?\d{1,15})$/.exec(incoming.url ?? '')?.[1];
  if (after !== undefined) return { code: 200, body: { page: controlled.journal(Number(after)) ?? null } };
  if (incoming.method === 'GET') return { code: 200, body: controlled.status() };
  let text = '';
  for await (const chunk of incoming) text += chunk;
  const order = JSON.parse(text) as ControlOrder;
  if (!controlVerbs.includes(order.verb)) return { code: 400, body: { error: `${order.verb} is not known` } };
  try {
    return { code: 200, body: { done: await controlled.obey(order) } };
  } catch (error) {
    return { code: 409, body: { error: errorAdvice(error) } };
  }
};

/** Asks by a socket; with an order it is a command. @throws Failure `AgentUnreachable`, `OrderRefused` */
export const askAgent = async (path: string, order?: ControlOrder, url = '/'): Promise<unknown> => {
  const { code, text } = await new Promise<{ code: number; text: string }>((resolve, reject) => {
    const read = async (response: IncomingMessage): Promise<{ code: number; text: string }> => {
      let text = '';
      for await (const chunk of response) text += chunk;
      return { code: response.statusCode ?? 0, text };
    };
    const outgoing = request(
      { socketPath: path, path: url, method: order ? 'POST' : 'GET', timeout: 10_000 },
      // It may end within its answer.
      (response) => void read(response).then(resolve, reject),
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer within 10 s')));
    outgoing.once('error', reject);
    outgoing.end(order ? JSON.stringify(order) : undefined);
  }).catch((cause: Error) => {
    throw new Failure('AgentUnreachable', `ask the agent at ${path}: ${cause.message}`, { cause });
  });
  const body = JSON.parse(text) as { error?: string };
  if (code !== 200) throw new Failure('OrderRefused', `tell the agent: ${body.error}`);
  return body;
};

/** The journal of an agent; null while it is off. @throws Failure */
export const readJournal = async (path: string, after: number): Promise<JournalPage | null> => {
  const { page } = (await askAgent(path, undefined, `/journal?after=${after}`)) as { page?: JournalPage | null };
  if (page === undefined)
    throw new Failure('NotAvailable', 'read journal: this agent is of an earlier version', {
      hint: 'start it with this version',
    });
  return page;
};

/** Folders of everybody, for root: of a name that says whose it is only where it is theirs. */
const foldersOfAll = (): string[] => {
  const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
  const own = namesIn(tmpdir()).filter((name) => {
    const uid = /^syncreplica-run-(\d+)$/.exec(name)?.[1];
    return uid !== undefined && lstatSync(join(tmpdir(), name), { throwIfNoEntry: false })?.uid === Number(uid);
  });
  return [
    ...namesIn('/run/user').map((name) => join('/run/user', name, 'syncreplica')),
    ...own.map((name) => join(tmpdir(), name)),
  ];
};

/** Sockets of agents that may run; one whose agent is gone is among them until it is asked. */
export const findControlSockets = (environment: Environment): string[] => {
  const uid = process.getuid?.() ?? 0;
  const folders = [...foldersOf(environment, uid), ...(uid === 0 ? foldersOfAll() : [])];
  return [...new Set(folders.filter((folder) => existsSync(folder)).flatMap((folder) => listSockets(folder)))];
};

const listSockets = (folder: string): string[] => {
  try {
    return readdirSync(folder)
      .filter((name) => /^agent-\d+\.sock$/.test(name))
      .map((name) => join(folder, name));
  } catch {
    // Another user's: not ours to look into.
    return [];
  }
};
