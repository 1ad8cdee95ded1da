import { Failure } from '../../process/failure.ts';
import type { RunVerb } from '../verb.ts';

const missing =
  (verb: string, hint: string): RunVerb =>
  async () => {
    throw new Failure('NotAvailable', `${verb}: this version can’t do that yet`, { hint });
  };

/** What is planned and not there: said, and never done by halves. */
export const missingVerbs = {
  verify: missing('verify', 'kubectl syncreplica sync compares names, sizes and times of the whole tree'),
  link: missing('link', 'docs/how-to-replicate-to-another-cluster.md says how to bring two clusters together'),
} as const;
