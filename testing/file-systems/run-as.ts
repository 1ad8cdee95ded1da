import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, writeFileSync } from 'node:fs';

/** A kind of user that source and target belong to. */
export interface TestUser {
  readonly name: string;
  /** Who it is outside of its namespace. */
  readonly uid: number;
  /** Users of a namespace of its own that begin there: what it takes for root is nobody outside. */
  readonly namespace?: true;
}

const namespaceUsers = 65_536;

/** The namespace is as a pod's with `hostUsers: false`. */
export const testUsers: readonly TestUser[] = [
  { name: 'root', uid: 0 },
  { name: 'user', uid: 65_534 },
  { name: 'user namespace', uid: 10_000_000, namespace: true },
];

const become = (uid: number): string[] => ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];

/** Runs a command as a user, with a scratch directory that is theirs. @returns its code and all it wrote */
export async function runAs(
  user: TestUser,
  command: readonly string[],
  scratch: string,
): Promise<{ status: number; output: string }> {
  chownSync(scratch, user.uid, user.uid);
  // It waits until its users are mapped; the program then reads from nothing.
  const waiting = ['unshare', '--user', '--keep-caps', '--', 'sh', '-c', 'read -r _; exec "$@" </dev/null', 'sh'];
  const whole = user.namespace ? [...waiting, ...become(0), ...command] : [...become(user.uid), ...command];
  const [program = '', ...args] = whole;
  const child = spawn(program, args, { env: { ...process.env, TMPDIR: scratch }, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  child.stdin.on('error', (error) => {
    output += `it ended before it began: ${error.message}\n`;
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  if (user.namespace) await mapUsers(child.pid ?? 0, user.uid);
  child.stdin.end('\n');
  const [status] = await once(child, 'close');
  return { status: status ?? 1, output };
}

/** Only once the process is in its namespace can its maps be written; until then they are the machine's and refuse it. */
async function mapUsers(pid: number, first: number): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${pid}/${map}`, `0 ${first} ${namespaceUsers}\n`);
      return;
    } catch (error) {
      if (tries > 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
