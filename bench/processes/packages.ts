import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Has a Debian package installed where we may. @returns why it is not there, or undefined */
export function ensurePackage(program: string, debianPackage: string): string | undefined {
  if (isInstalled(program)) return undefined;
  const command = `apt-get install -y ${debianPackage}`;
  if (process.getuid?.() !== 0 || !isInstalled('apt-get')) return `${program} is not installed; run: sudo ${command}`;
  try {
    execFileSync('apt-get', ['install', '-y', debianPackage], { stdio: 'ignore' });
  } catch {
    return `${program} could not be installed; run: apt-get update && ${command}`;
  }
  return isInstalled(program) ? undefined : `${program} is not in ${debianPackage}`;
}
