import { execFileSync } from 'node:child_process';
import { isInstalled } from './is-installed.ts';

export const skipShortOfFiles = !isInstalled('prlimit') && 'needs prlimit';

/**
 * Runs a module's text in a process that may have a hundred files open, with `takeAll()`, after which none can be opened until
 * what it returned is called, `keepAll()`, which takes what is given back by others as well, and `say(value)`.
 * @returns what was said, in its order
 */
export function runShortOfFiles(script: string): unknown[] {
  const text = `
    import { closeSync, openSync } from 'node:fs';
    const said = [];
    const say = (value) => said.push(value);
    const takeAll = () => {
      const open = [];
      try { for (;;) open.push(openSync('/dev/null')); } catch {}
      return () => open.forEach((fd) => closeSync(fd));
    };
    const keepAll = () => {
      const taken = [];
      let isOver = false;
      const take = () => {
        if (isOver) return;
        taken.push(takeAll());
        setImmediate(take);
      };
      take();
      return () => {
        isOver = true;
        for (const giveBack of taken) giveBack();
      };
    };
    ${script}
    console.log(JSON.stringify(said));
  `;
  const command = ['--nofile=100', process.execPath, '--input-type=module', '-e', text];
  return JSON.parse(execFileSync('prlimit', command, { encoding: 'utf8', timeout: 180_000 }));
}
