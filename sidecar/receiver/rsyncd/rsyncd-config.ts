import { dataDirectory, partialDirectory, stateDirectory, temporaryDirectory } from '../../protocol/receiver-layout.ts';
import { transferFormat } from './transfer-line.ts';

export interface RsyncdSettings {
  /** The one module. */
  readonly volume: string;
  /** Absolute path of the volume's directory. */
  readonly directory: string;
  /** chroot to the directory (needs CAP_SYS_CHROOT); else `/` is served, and Landlock alone confines. */
  readonly chroot: boolean;
  readonly usernames: readonly string[];
  readonly secretsFile: string;
  readonly readOnly: boolean;
  readonly list: boolean;
  /** One line, told to who asks for the modules; '' for none. */
  readonly comment: string;
  readonly timeoutSeconds: number;
  /** Log every entry that comes or goes. */
  readonly logTransfers: boolean;
  /** What root runs transfers as; absent when the receiver isn't root. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/**
 * Options that a client may use, by rsync's long names; every other is refused. Left out on purpose: all that reads or
 * writes elsewhere (copy-dest, link-dest, backup, files-from, log-file), follows links (keep-dirlinks, copy-links),
 * alters content (munge-links, chmod, usermap), writes devices, or puts names of its own beside the replica (delay-updates).
 */
const acceptedOptions = [
  'archive verbose quiet checksum hard-links acls xattrs sparse ignore-times size-only modify-window whole-file',
  'relative dirs omit-dir-times omit-link-times no-implied-dirs recursive no-r links perms times owner group devices specials D',
  'executability numeric-ids inplace append append-verify partial partial-dir temp-dir timeout bwlimit block-size checksum-choice max-alloc',
  'compress compress-choice compress-level skip-compress new-compress old-compress inc-recursive no-inc-recursive',
  'delete delete-before delete-during delete-delay delete-after delete-excluded delete-missing-args force max-delete',
  'ignore-errors ignore-missing-args existing ignore-existing update itemize-changes stats list-only prune-empty-dirs',
  'one-file-system fsync max-size min-size info debug msgs2stderr no-msgs2stderr',
];

export const refuseOptions = `* ${acceptedOptions
  .join(' ')
  .split(' ')
  .map((option) => `!${option}`)
  .join(' ')}`;

/** Paths a client may name inside the module; all else is hidden from it. The kernel confines, this is the second lock. */
const makeFilter = (root: string): string => {
  // A blank would end a rule and a wildcard would match more: `?` matches any one byte.
  const base = Buffer.from(root)
    .toString('latin1')
    .replace(/[^\x21-\x7e]|[*?[\]\\%]/g, '?');
  const parents = base
    .split('/')
    .slice(1)
    .map((_, depth, all) => `/${all.slice(0, depth + 1).join('/')}`);
  const open = [dataDirectory, temporaryDirectory, partialDirectory].map((name) => `${base}/${name}`);
  const visible = [...parents, `${base}/${stateDirectory}`, ...open, ...open.map((path) => `${path}/**`)];
  return [...visible.map((path) => `+ ${path}`), '- *'].join(' ');
};

/** Where the volume lies inside the module: see LeaseAnswer.root. */
export const moduleRoot = (settings: Pick<RsyncdSettings, 'chroot' | 'directory'>): string =>
  settings.chroot ? '' : settings.directory;

/** The text of rsyncd.conf(5) for one volume. `%NAME%` is a variable there and nothing can escape it: its process knows PATH alone. */
export const makeRsyncdConfig = (settings: RsyncdSettings): string =>
  [
    'reverse lookup = no',
    'forward lookup = no',
    // Who sends is told which files are left out for their size.
    'max verbosity = 2',
    `[${settings.volume}]`,
    // Never a subdirectory without chroot: rsync would rewrite ("sanitize") every symlink that points outside of it.
    `path = ${settings.chroot ? settings.directory : '/'}`,
    `use chroot = ${settings.chroot ? 'yes' : 'no'}`,
    ...(settings.user ? [`uid = ${settings.user.uid}`, `gid = ${settings.user.gid}`] : []),
    'munge symlinks = no',
    'insecure links = no',
    'numeric ids = yes',
    `read only = ${settings.readOnly ? 'yes' : 'no'}`,
    `list = ${settings.list ? 'yes' : 'no'}`,
    ...(settings.comment === '' ? [] : [`comment = ${settings.comment}`]),
    `auth users = ${settings.usernames.join(',')}`,
    `secrets file = ${settings.secretsFile}`,
    'auth digest = sha512',
    'strict modes = yes',
    `timeout = ${settings.timeoutSeconds}`,
    ...(settings.logTransfers ? ['transfer logging = yes', `log format = ${transferFormat}`] : []),
    `filter = ${makeFilter(moduleRoot(settings))}`,
    `refuse options = ${refuseOptions}`,
    '',
  ].join('\n');
