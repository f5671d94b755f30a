import { Argument, type Command } from 'commander';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { COMPLETE } from './complete.ts';

/** Each calls the program with the words up to the cursor. It prints one candidate per line: the word, a tab, its meaning. */
const SCRIPTS = {
  bash: `_sallyport() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("$1" ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
# File names if there is no candidate.
complete -o default -F _sallyport sallyport
`,
  zsh: `#compdef sallyport
_sallyport() {
  local line
  local -a candidates
  for line in "\${(@f)$("\${words[1]}" ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] || continue
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( $#candidates )); then
    _describe -V sallyport candidates
  else
    _files
  fi
}
if [[ $funcstack[1] == _sallyport ]]; then
  _sallyport "$@"
else
  compdef _sallyport sallyport
fi
`,
  fish: `function __sallyport_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] ${COMPLETE} $words[2..-1] 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c sallyport -f -a '(__sallyport_complete)'
`,
} as const satisfies Readonly<Record<string, string>>;
type Shell = keyof typeof SCRIPTS;

export function addCompletion(program: Command, context: CliContext): void {
  const command = program
    .command('completion')
    .summary('print a shell script that completes verbs, flags and ids')
    .description(
      'Prints a script for the shell. Ids come from the store or the admin API that the command line names, if it answers within a second.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SCRIPTS)))
    .action((shell: Shell) => void context.stdout.write(SCRIPTS[shell]));
  addExamples(command, [
    ['source <(sallyport completion bash)', 'in ~/.bashrc'],
    ['source <(sallyport completion zsh)', 'in ~/.zshrc, after compinit'],
    ['sallyport completion fish > ~/.config/fish/completions/sallyport.fish', 'for fish'],
  ]);
}
