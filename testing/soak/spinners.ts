import { spawn } from 'node:child_process';

/** Processes that take as much of the processors as they get, until they are stopped or this process ends. */
export function startSpinners(count: number): { stop(): void } {
  const spin =
    'process.on("disconnect", () => process.exit()); const go = () => { for (let n = 0; n < 1e7; n++); setImmediate(go); }; go();';
  const spinners = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', spin], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }),
  );
  for (const spinner of spinners) spinner.unref();
  for (const spinner of spinners) spinner.channel?.unref();
  return { stop: () => spinners.forEach((spinner) => void spinner.kill('SIGKILL')) };
}
