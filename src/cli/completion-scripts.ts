/** A command as a shell completes it. */
export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly { readonly long: string; readonly takesValue: boolean; readonly help: string }[];
  /** Its first word is the name of a SyncReplica. */
  readonly takesReplica: boolean;
  /** What its first word may be, where that is known. */
  readonly words: readonly string[];
}

/** A cluster that does not answer must not hold up a shell. */
const replicas = (form: string): string =>
  `kubectl get syncreplicas --request-timeout=2s -o jsonpath='${form}' 2>/dev/null`;
const inOneLine = replicas('{.items[*].metadata.name}');

const namesOf = (commands: readonly CompletedCommand[]): string => commands.map(({ name }) => name).join(' ');
const takers = (commands: readonly CompletedCommand[]): string[] =>
  commands.filter(({ takesReplica }) => takesReplica).map(({ name }) => name);
const withWords = (commands: readonly CompletedCommand[]): readonly CompletedCommand[] =>
  commands.filter(({ words }) => words.length > 0);

/** A file where nothing else is meant, as bash completes by itself. */
const bash = (program: string, commands: readonly CompletedCommand[]): string => {
  const name = `_${program.replaceAll('-', '_')}`;
  return `${name}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" found=
  if [ "$COMP_CWORD" -eq 1 ]; then found='${namesOf(commands)}'
  elif [ "\${word#-}" != "$word" ]; then
    case "\${COMP_WORDS[1]}" in
${commands.map((one) => `      ${one.name}) found='${one.flags.map(({ long }) => long).join(' ')}' ;;`).join('\n')}
    esac
  elif [ "$COMP_CWORD" -eq 2 ]; then
    case "\${COMP_WORDS[1]}" in
${withWords(commands)
  .map((one) => `      ${one.name}) found='${one.words.join(' ')}' ;;`)
  .join('\n')}
      ${takers(commands).join('|')}) found=$(${inOneLine}) ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$found" -- "$word"))
}
complete -o default -F ${name} ${program}`;
};

const zshWord = (word: string, help: string): string =>
  `'${`${word}:${help.replaceAll(':', '\\:')}`.replaceAll("'", "'\\''")}'`;

const zsh = (program: string, commands: readonly CompletedCommand[]): string => {
  const name = `_${program.replaceAll('-', '_')}`;
  return `#compdef ${program}
${name}() {
  local -a found
  if (( CURRENT == 2 )); then
    found=(${commands.map((one) => zshWord(one.name, one.description)).join(' ')})
    _describe command found
  elif [[ $PREFIX == -* ]]; then
    case $words[2] in
${commands.map((one) => `      ${one.name}) found=(${one.flags.map(({ long, help }) => zshWord(long, help)).join(' ')}) ;;`).join('\n')}
    esac
    _describe -o option found
  elif (( CURRENT == 3 )); then
    case $words[2] in
${withWords(commands)
  .map((one) => `      ${one.name}) compadd -- ${one.words.join(' ')} ;;`)
  .join('\n')}
      ${takers(commands).join('|')}) compadd -- $(${inOneLine}) ;;
      *) _files ;;
    esac
  else
    _files
  fi
}
if [ "$funcstack[1]" = ${name} ]; then ${name} "$@"; else compdef ${name} ${program}; fi`;
};

const fishText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const fish = (program: string, commands: readonly CompletedCommand[]): string =>
  commands
    .flatMap(({ name, description, flags, takesReplica, words }) => {
      const inside = `complete -c ${program} -n '__fish_seen_subcommand_from ${name}'`;
      return [
        `complete -c ${program} -f -n __fish_use_subcommand -a ${name} -d ${fishText(description)}`,
        ...flags.map(
          ({ long, takesValue, help }) =>
            `${inside} -l ${long.slice(2)}${takesValue ? ' -r' : ''} -d ${fishText(help)}`,
        ),
        ...(words.length > 0 ? [`${inside} -f -a '${words.join(' ')}'`] : []),
        ...(takesReplica ? [`${inside} -f -a "(${inOneLine} | string split ' ')"`] : []),
      ];
    })
    .join('\n');

/** kubectl itself calls a program of the name kubectl_complete-syncreplica for what follows "kubectl syncreplica". */
const kubectl = (_program: string, commands: readonly CompletedCommand[]): string => `#!/bin/sh
# Save as kubectl_complete-syncreplica in a directory of $PATH.
if [ "$#" -le 1 ]; then
  printf '%s\\n' ${namesOf(commands)}
else
  ${replicas('{range .items[*]}{.metadata.name}{"\\n"}{end}')}
fi
echo :4`;

/** By the name of a shell. */
export const completionScripts = { bash, zsh, fish, kubectl } as const;
