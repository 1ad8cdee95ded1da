export type Options = Record<string, unknown>;
type Action = (options: never) => Promise<void>;

/** What each command does; loaded only when it is called, so that an agent carries nothing of the others. */
export type Commands = Readonly<
  Record<
    | 'agent'
    | 'receiver'
    | 'local'
    | 'certs'
    | 'status'
    | 'operator'
    | 'release-finalizers'
    | 'ctl'
    | 'verify'
    | 'promote'
    | 'demote'
    | 'history'
    | 'watch'
    | 'log'
    | 'fill',
    () => Promise<Action>
  >
>;
