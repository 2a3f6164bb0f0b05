import type { CliProgram } from "./program.ts";

/** A completion script for bash, made of the same tables as `--help`. */
export function bashCompletion(programs: readonly CliProgram[]): string {
  const cases = programs.map((program) => `    ${program.name}) words="${flagsOf(program).join(" ")}" ;;`);
  return `# bash completion for antipode: eval "$(antipode completions bash)"
_antipode() {
  local words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${topWords(programs).join(" ")}"
  else
    case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    completions) words="bash zsh" ;;
    *) words="" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _antipode antipode
`;
}

/** The same for zsh. */
export function zshCompletion(programs: readonly CliProgram[]): string {
  const cases = programs.map((program) => `    ${program.name}) compadd -- ${flagsOf(program).join(" ")} ;;`);
  return `#compdef antipode
# zsh completion for antipode: eval "$(antipode completions zsh)"
_antipode() {
  if (( CURRENT == 2 )); then
    compadd -- ${topWords(programs).join(" ")}
    return
  fi
  case "\${words[2]}" in
${cases.join("\n")}
    completions) compadd -- bash zsh ;;
  esac
}
compdef _antipode antipode
`;
}

function topWords(programs: readonly CliProgram[]): readonly string[] {
  return [...programs.map((program) => program.name), "admin", "completions", "--help", "--version"];
}

function flagsOf(program: CliProgram): readonly string[] {
  return [...Object.values(program.settings).map((setting) => `--${setting.flag}`), "--help"];
}
