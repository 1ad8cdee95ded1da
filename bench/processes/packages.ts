import { execFileSync } from 'node:child_process';
import { isInstalled } from '../../testing/programs/is-installed.ts';

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
