import { Failure } from '../../process/failure.ts';
import type { RunVerb } from '../verb.ts';

/** What is planned and not there: said, and never done by halves. */
export const runLink: RunVerb = async () => {
  throw new Failure('NotAvailable', 'link: this version can’t do that yet', {
    hint: 'docs/how-to-replicate-to-another-cluster.md says how to bring two clusters together',
  });
};
