import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Problem } from '../../api/rules/problem.ts';
import { UsageFailure, usageFailureOf } from '../../terminal/usage-failure.ts';
import { readNamedFile } from '../certificates/read-certificates.ts';
import { applyFlags, blameFlag } from '../flags/flags-to-spec.ts';
import { checkSourceDirectory, checkTargetDirectories } from '../past/check-directories.ts';
import { nameTargets } from './name-targets.ts';
import { type LocalReplica, parseLocal, specOfFile } from './parse-local.ts';
import { isSshPath, parseTargetUrl } from './parse-target-url.ts';

/** What a command line says about a replication; sync flags are further keys. */
export interface ReplicaOptions extends Readonly<Record<string, unknown>> {
  readonly file?: string;
  readonly source?: string;
  readonly target?: readonly string[];
  readonly certs?: string;
  readonly passwordFile?: string;
  readonly ca?: string;
  readonly sshKey?: string;
  readonly knownHosts?: string;
  readonly releaseDeletes?: string;
}

type TargetFields = Record<string, unknown>;

const isUrl = (text: string): boolean => /^([^=/:]+=)?[a-z][a-z+]*:\/\//i.test(text);

/** `[NAME=]DIR`; a directory that has such a name is meant as it is. */
const splitName = (text: string, at: (path: string) => string): { name: string | undefined; directory: string } => {
  const [, name, directory] = /^([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)=(.+)$/s.exec(text) ?? [];
  return directory === undefined || existsSync(at(text)) ? { name: undefined, directory: text } : { name, directory };
};

/** `--target` as the targets of a spec; what is no URL, and no path over ssh, is a directory here. */
const targetFields = (
  options: ReplicaOptions,
  given: readonly string[],
  at: (path: string) => string,
): TargetFields[] => {
  const targets = given.map((text) => {
    const { name: called, directory } = splitName(text, at);
    if (!isUrl(text) && (!isSshPath(directory) || existsSync(at(directory))))
      return { name: called, what: basename(resolve(directory)), fields: { directory: at(directory) } };
    const { name, place } = parseTargetUrl(text);
    if (place.ssh) {
      const files = {
        keyFile: options.sshKey && at(options.sshKey),
        knownHostsFile: options.knownHosts && at(options.knownHosts),
      };
      return {
        name,
        what: `${place.ssh.address}-${basename(place.ssh.path)}`,
        fields: { ssh: { ...place.ssh, ...files } },
      };
    }
    const { external } = place;
    const credentials =
      external.tls === 'Mutual'
        ? { certs: options.certs && at(options.certs) }
        : {
            passwordFile:
              external.username === undefined ? undefined : options.passwordFile && at(options.passwordFile),
            ca: external.tls === 'ServerOnly' ? options.ca && at(options.ca) : undefined,
          };
    return {
      name,
      what: `${external.address}-${external.module}`,
      fields: { external: { ...external, ...credentials } },
    };
  });
  const names = nameTargets(targets);
  return targets.map(({ fields }, index) => ({ name: names[index], ...fields }));
};

const readReplicaFile = async (path: string): Promise<Record<string, unknown>> => {
  const text = readNamedFile('--file', path);
  // Only who has a file carries the YAML parser.
  const { parseYaml } = await import('../../terminal/yaml.ts');
  try {
    return specOfFile(parseYaml(text));
  } catch (cause) {
    throw new UsageFailure(`--file ${path}: this is no YAML: ${(cause as Error).message}`, { cause });
  }
};

const flagOfField: readonly (readonly [RegExp, string])[] = [
  [/^source(\.directory)?$/, '--source'],
  [/^targets\[\d+\]\.external\.certs$/, '--certs'],
  [/^targets\[\d+\]\.external\.passwordFile$/, '--password-file'],
  [/^targets\[\d+\]\.ssh\.keyFile$/, '--ssh-key'],
  [/^targets\[\d+\]\.ssh\.knownHostsFile$/, '--known-hosts'],
  [/^targets/, '--target'],
];

const blame = (problem: Problem, options: ReplicaOptions): Problem => {
  const blamed = blameFlag(problem, options);
  const flag = options.file === undefined && flagOfField.find(([pattern]) => pattern.test(blamed.field))?.[1];
  if (!flag) return blamed;
  if (blamed.code === 'Required')
    return {
      field: flag,
      code: 'Required',
      message:
        flag === '--source'
          ? 'is missing; give the directory that is to be copied'
          : 'is missing; give where it is to be copied',
    };
  return { ...blamed, field: flag };
};

/**
 * The replication that file, flags and environment describe together; a flag wins over the file. Directories are
 * looked at: the source must be there, and none may hold another.
 * @throws UsageFailure with every problem found
 */
export const replicaFromOptions = async (options: ReplicaOptions, workingDirectory: string): Promise<LocalReplica> => {
  const at = (path: string): string => resolve(workingDirectory, path);
  const path = options.file === undefined ? undefined : at(options.file);
  const base = path === undefined ? {} : await readReplicaFile(path);
  const spec = applyFlags(
    {
      ...base,
      ...(options.source === undefined ? {} : { source: { directory: at(options.source) } }),
      ...(options.target === undefined ? {} : { targets: targetFields(options, options.target, at) }),
    },
    options,
  );
  const parsed = parseLocal(JSON.parse(JSON.stringify(spec)), path === undefined ? workingDirectory : dirname(path));
  if (!parsed.ok) throw usageFailureOf(parsed.problems.map((problem) => blame(problem, options)));
  const replica = parsed.spec;
  const source = { field: options.source === undefined ? 'source.directory' : '--source', directory: replica.source };
  const directories = replica.targets.flatMap((target, index) =>
    target.kind === 'directory'
      ? [
          {
            field: options.target === undefined ? `targets[${index}].directory` : '--target',
            directory: target.directory,
          },
        ]
      : [],
  );
  const problems = [...checkSourceDirectory(source), ...checkTargetDirectories(source, directories)];
  if (problems.length > 0) throw usageFailureOf(problems);
  return replica;
};
