import { addressRule, portRule, type Rule, rule } from './rule.ts';

/** Rules of a target behind an sshd. ssh and rsync read its path from one text in which quotes have a meaning. */
export const sshRules: readonly Rule[] = [
  addressRule('spec.targets[].ssh.address'),
  portRule('spec.targets[].ssh.port'),
  rule<string>(
    'spec.targets[].ssh.user',
    "a user's name has letters, digits, dots, dashes and underscores, and begins with none of the last three",
    (user) => /^[A-Za-z0-9][-A-Za-z0-9._]*$/.test(user),
  ),
  rule<string>(
    'spec.targets[].ssh.path',
    'a directory over ssh is an absolute path without quotes; write for example /srv/photos',
    (path) => /^\/+[^/\x00-\x1f"'][^\x00-\x1f"']*$/.test(path),
  ),
];
