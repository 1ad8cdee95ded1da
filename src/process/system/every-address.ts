import { networkInterfaces } from 'node:os';

/** All addresses of this machine, as a host to listen on: IPv6 takes IPv4 too; a machine without can't listen on `::`. */
export const everyAddress = (): '::' | '0.0.0.0' =>
  Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ family }) => family === 'IPv6'))
    ? '::'
    : '0.0.0.0';
