/** What a running agent is told; of some, what the word after it is. */
export const controlVerbs = [
  'reload',
  'pause',
  'resume',
  'sync',
  'verify',
  'checkpoint',
  'release',
  'undelete',
  'journal',
  'locks',
] as const;
export type ControlVerb = (typeof controlVerbs)[number];
