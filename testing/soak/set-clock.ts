import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const signal = 'SIGUSR2';
let directory = '';

/** From now on clocks of programs of ours that are started can be set. @returns what ends it */
export function makeClocksSettable(): () => void {
  directory = mkdtempSync(join(tmpdir(), 'soak-clocks-'));
  const url = new URL(import.meta.url);
  url.searchParams.set('clocks', directory);
  process.env.NODE_OPTIONS = `--import=${url}`;
  return () => {
    delete process.env.NODE_OPTIONS;
    rmSync(directory, { recursive: true });
  };
}

/** Sets the wall clock of a process off by so much. Times of files go on by the kernel's, which is nobody's to set. */
export function setClock(pid: number, offMs: number): void {
  writeFileSync(join(directory, `${pid}`), String(offMs));
  process.kill(pid, signal);
}

/** This file is also what such a process loads before anything else: it is told by the address where to look. */
const clocks = new URL(import.meta.url).searchParams.get('clocks');
if (clocks !== null) {
  const now = Date.now;
  let offMs = 0;
  process.on(signal, () => {
    offMs = Number(readFileSync(join(clocks, `${process.pid}`), 'utf8'));
  });
  Date.now = () => now() + offMs;
}
