/** A flag of the command line, which is an environment variable too. */
export interface Flag {
  readonly flag: string;
  readonly help: string;
  /** May be given more than once; its variable holds a list separated by commas. */
  readonly repeatable?: boolean;
}
