import { runCommand } from './command.ts';

/** Where Go keeps a module, which it brings there first, and its sum as go.sum has it. `module` is `PATH@VERSION`. */
export interface GoModule {
  readonly Dir: string;
  readonly Sum: string;
}

export const bringGoModule = async (module: string): Promise<GoModule> => {
  // Not in a folder with a go.mod of its own.
  const options = { cwd: '/', env: { GOTOOLCHAIN: 'local' } };
  return JSON.parse((await runCommand('go', ['mod', 'download', '-json', module], options)).stdout);
};

/** Builds a program of a module, as the module's own go.sum has its parts. */
export const buildGoProgram = async (module: string, package_: string, to: string): Promise<void> => {
  const env = { GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
  const { Dir } = await bringGoModule(module);
  await runCommand('go', ['build', '-o', to, package_], { cwd: Dir, env });
};
