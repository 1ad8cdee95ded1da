import type { Sight } from '../changes/settle.ts';
import type { Look } from './source-view.ts';

/** What a look at a name says to who waits for a file to be whole. */
export function sightOf(look: Look): Sight {
  if (look.kind === 'file') return look.links > 1 ? 'regular-linked' : look.size === 0 ? 'regular-empty' : 'regular';
  return look.kind === 'special' || look.kind === 'unreachable' ? 'other' : look.kind;
}

/** When a file's inode was changed last, ms; undefined for what is no file. */
export const changedAtOf = (look: Look): number | undefined => (look.kind === 'file' ? look.changedAt : undefined);
