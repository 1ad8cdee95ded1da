import { describeProblem, type Problem } from '../api/rules/problem.ts';
import { Failure } from '../process/failure.ts';

/** A mistake of who calls: wrong flags, files or addresses. The program ends with 2. */
export class UsageFailure extends Failure {
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super('BadUsage', message, options);
    this.name = 'UsageFailure';
  }
}

/** One failure for all problems found, a line each. */
export const usageFailureOf = (problems: readonly Problem[]): UsageFailure =>
  new UsageFailure(problems.map(describeProblem).join('\n'));
