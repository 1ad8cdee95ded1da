import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { binaryFolder, requireGo } from '../cluster/binaries.ts';
import { runCommand } from '../cluster/command.ts';
import type { Context, KubeObject } from '../harness/scenario.ts';

const source = join(import.meta.dirname, 'flux-apply');

/** Flux's own library in a program of its own, beside the cluster's programs. */
export const buildFluxApply = async (): Promise<string> => {
  const texts = ['main.go', 'go.mod', 'go.sum'].map((name) => readFileSync(join(source, name)));
  const key = createHash('sha256').update(Buffer.concat(texts)).digest('hex').slice(0, 16);
  const program = join(dirname(binaryFolder(process.env)), `flux-apply-${key}`);
  if (existsSync(program)) return program;
  await requireGo();
  const unfinished = `${program}.${process.pid}`;
  const env = { CGO_ENABLED: '0', GOTOOLCHAIN: 'local' };
  await runCommand('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', unfinished, '.'], { cwd: source, env });
  renameSync(unfinished, program);
  return program;
};

/** One reconciliation of a Kustomization. With `wait` it is done when kstatus calls every object current. Rejects with what Flux would say of it. */
export const applyAsFlux = async (
  context: Context,
  program: string,
  objects: readonly KubeObject[],
  { namespace, wait }: { readonly namespace: string; readonly wait: boolean },
): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'flux-'));
  try {
    const [kubeconfig, file] = [join(folder, 'kubeconfig'), join(folder, 'objects.yaml')];
    writeFileSync(kubeconfig, await context.kubectl(['config', 'view', '--raw', '--flatten', '-o', 'json']), {
      mode: 0o600,
    });
    writeFileSync(file, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
    const flags = ['-kubeconfig', kubeconfig, '-namespace', namespace, ...(wait ? ['-wait'] : [])];
    const running = context.outside([program, ...flags, file]);
    if ((await running.ended) !== 0) throw new Error(`apply as Flux does: ${running.said()}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
