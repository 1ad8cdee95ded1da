import { createServer } from 'node:net';
import type { HostPort } from './parse-host-port.ts';

const canListen = ({ host, port }: HostPort): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

/** The preferred address when nobody listens there, else any free port: a default must not keep a second agent from starting. */
export const freeAddress = async (preferred: HostPort): Promise<HostPort> =>
  (await canListen(preferred)) ? preferred : { ...preferred, port: 0 };
