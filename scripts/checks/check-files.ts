import type { SourceTree, Violation } from './violation.ts';

const maxLines = 300;

interface TextRule {
  readonly pattern: RegExp;
  readonly message: string;
  /** Which files it is about; all when absent. */
  readonly only?: RegExp;
  readonly except?: RegExp;
}

const typescript = /\.m?ts$/;
const rulesThemselves = /^scripts\/checks\//;

/** Texts that must not be anywhere, each with what to do instead. */
const textRules: readonly TextRule[] = [
  {
    pattern: /\b(TODO|FIXME|XXX|HACK)\b/,
    message: 'holds a note to self; do it, or open an issue',
    except: rulesThemselves,
  },
  {
    pattern: /(^|[\s"'`(=:])\/(work|Users|home)\/[a-z]/m,
    message: "names a path of one person's machine; use a relative one",
    except: rulesThemselves,
  },
  { pattern: /^export default\b/m, message: 'has a default export; export by name', only: typescript },
  { pattern: /^\s*(export )?(const )?enum\b/m, message: 'has an enum; use a union of words', only: typescript },
  {
    pattern: /\b(test|describe|it)\.(only|skip|todo)\(/,
    message: 'leaves tests out; run them all',
    only: /\.test\.ts$/,
    except: rulesThemselves,
  },
  {
    // The first argument, or a later one after plain ones; of a declaration the rest parameter has a type.
    pattern: /[\w\])]\((?:[^()[\]{}\n]*,\s*|\s*)\.\.\.(?!\w+\??\s*:|args\b)/,
    message: 'spreads a collection into a call, which ends the program when it is long; loop over it',
    only: /^sidecar\/.*\.ts$/,
    except: /\.test\.ts$|\/testing\//,
  },
  {
    pattern: /\bsetTimeout\([^)]*\)\s*;?\s*\/\/\s*wait/,
    message: 'waits for a time; wait for a condition',
    only: /\.test\.ts$/,
    except: rulesThemselves,
  },
];

const vagueName = /(^|\/)(utils?|helpers?|common|types|misc)\.m?ts$/;
const kebabName = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** Size, names and words of files. `tree` holds sources and documents, nothing generated. */
export const checkFiles = (tree: SourceTree): Violation[] =>
  [...tree].flatMap(([file, text]) => {
    const violations: Violation[] = [];
    const name = file.split('/').at(-1) ?? '';
    if (typescript.test(file)) {
      const lines = text.split('\n').length - 1;
      if (lines > maxLines && !/\/testdata\//.test(file))
        violations.push({ file, message: `has ${lines} lines, more than ${maxLines}; a file answers one question` });
      if (vagueName.test(file))
        violations.push({ file, message: 'is named for nothing; name it for the question it answers' });
      if (!kebabName.test(name)) violations.push({ file, message: 'is not in kebab-case' });
    }
    for (const { pattern, message, only, except } of textRules) {
      if ((only && !only.test(file)) || except?.test(file)) continue;
      const match = pattern.exec(text);
      if (match) violations.push({ file, line: lineOf(text, match.index + match[0].search(/\S/)), message });
    }
    return violations;
  });

/** The lock file names packages as the public registry does, so that `npm ci` works everywhere. */
export const checkLockFile = (text: string): Violation[] =>
  [...text.matchAll(/"resolved": "(https?:\/\/([^/"]+)[^"]*)"/g)]
    .filter((match) => match[2] !== 'registry.npmjs.org')
    .map((match) => ({
      file: 'package-lock.json',
      line: lineOf(text, match.index),
      message: `resolves from ${match[2]}; use registry.npmjs.org or leave "resolved" out`,
    }));
