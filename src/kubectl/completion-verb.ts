import { UsageFailure } from '../terminal/usage-failure.ts';
import type { RunVerb, Verb } from './verb.ts';

/** Completes verbs, and names of SyncReplicas after the verbs that take one. */
const makeScripts = (words: string, named: string): Readonly<Record<string, string>> => ({
  bash: `_kubectl_syncreplica() {
  local word="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${words}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
    ${named}) COMPREPLY=($(compgen -W "$(kubectl get syncreplicas -o jsonpath='{.items[*].metadata.name}' 2>/dev/null)" -- "$word")) ;;
  esac
}
complete -F _kubectl_syncreplica kubectl-syncreplica`,
  zsh: `#compdef kubectl-syncreplica
if (( CURRENT == 2 )); then
  compadd ${words}
else
  case "$words[2]" in
    ${named}) compadd -- $(kubectl get syncreplicas -o jsonpath='{.items[*].metadata.name}' 2>/dev/null) ;;
  esac
fi`,
  fish: `complete -c kubectl-syncreplica -f -n __fish_use_subcommand -a '${words}'
complete -c kubectl-syncreplica -f -n '__fish_seen_subcommand_from ${named.replaceAll('|', ' ')}' -a "(kubectl get syncreplicas -o jsonpath='{.items[*].metadata.name}' 2>/dev/null | string split ' ')"`,
  // kubectl itself calls a program of the name kubectl_complete-syncreplica for what follows "kubectl syncreplica".
  kubectl: `#!/bin/sh
# Save as kubectl_complete-syncreplica in a directory of $PATH.
if [ "$#" -le 1 ]; then
  printf '%s\\n' ${words}
else
  kubectl get syncreplicas -o jsonpath='{range .items[*]}{.metadata.name}{"\\n"}{end}' 2>/dev/null
fi
echo :4`,
});

/** Prints the completion of a shell for these verbs. */
export const makeCompletion = (verbs: readonly Verb[]): RunVerb => {
  const words = verbs.map(({ name }) => name).join(' ');
  const takesName = ({ argument, argumentName }: Verb): boolean => argument !== 'none' && argumentName === undefined;
  const named = verbs.filter(takesName).map(({ name }) => name);
  const scripts = makeScripts(words, named.join('|'));
  return async ({ name = '' }) => {
    const script = scripts[name];
    if (!script) throw new UsageFailure(`completion ${name}: write ${Object.keys(scripts).join(', ')}`);
    console.log(script);
  };
};
