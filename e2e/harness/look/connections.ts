import type { ContainerRef, Context } from '../scenario.ts';

const attempt = `
const [host, port] = process.argv.slice(1);
const socket = require('node:net').connect(Number(port), host);
const end = (text) => { console.log(text); process.exit(0); };
socket.once('connect', () => end('open')).once('error', (error) => end(error.code));
setTimeout(() => end('no answer'), 1500);
`;

/** What comes of a TCP connection from a container with Node: `open`, `no answer`, or the error's code. */
export const connectFrom = async (context: Context, from: ContainerRef, host: string, port: number): Promise<string> =>
  (await context.exec(from, ['node', '-e', attempt, host, String(port)])).trim();
