import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const place = 'SYNCREPLICA_SOAK_CLOCKS';
const signal = 'SIGUSR2';

/** How the clock of one process is off, ms. */
const fileOf = (pid: number): string => join(process.env[place] ?? '', `${pid}`);

/** From now on clocks of programs of ours that are started can be set. @returns what ends it */
export function makeClocksSettable(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'soak-clocks-'));
  process.env[place] = directory;
  process.env.NODE_OPTIONS = `--import=${fileURLToPath(import.meta.url)}`;
  return () => rmSync(directory, { recursive: true });
}

/** Sets the wall clock of a process off by so much. Times of files go on by the kernel's, which is nobody's to set. */
export function setClock(pid: number, offMs: number): void {
  writeFileSync(fileOf(pid), String(offMs));
  process.kill(pid, signal);
}

/** This file is also what such a process loads before anything else. */
if (process.env[place] !== undefined) {
  const now = Date.now;
  let offMs = 0;
  process.on(signal, () => {
    offMs = Number(readFileSync(fileOf(process.pid), 'utf8'));
  });
  Date.now = () => now() + offMs;
}
