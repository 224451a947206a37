import { type Command, RootCommand } from '@bomb.sh/tab';
import type { CommandUnknownOpts as Program, Option } from '@commander-js/extra-typings';

/* Both libraries' commands by one more: what commander knows, as the library of completions wants it. */

const NAME = 'floe';

type Shell = 'bash' | 'zsh' | 'fish';

/** The script that a shell sources. @throws when the library's has become another one, which these changes do not fit */
export function writeScript(shell: Shell): string {
  return SAFER[shell].reduce(
    (script, [from, to]) => {
      if (!script.includes(from)) throw new Error(`The script for ${shell} does not have: ${from}`);
      return script.replace(from, () => to);
    },
    // A shell that reads its settings again is not to complain that they are there already.
    printed(() => new RootCommand().setup(NAME, NAME, shell)).replaceAll(/^readonly (?=\w+=)/gm, ''),
  );
}

/** The library's scripts give what is typed to `eval`: Tab would run a `$(…)` that nobody has started, and empty the file behind a `>`. */
const SAFER: Record<Shell, readonly (readonly [from: string, to: string])[]> = {
  bash: [
    ['requestComp="floe complete -- ${words[@]:1}"', 'requestComp=("${words[@]:1:cword}")'],
    [`requestComp="$requestComp ''"`, "requestComp[cword-1]=''"],
    ['eval "$requestComp"', 'floe complete -- "${requestComp[@]}"'],
  ],
  // It quotes all but this.
  zsh: [['-P ${BASH_REMATCH}', '-P ${(q)BASH_REMATCH}']],
  fish: [],
};

/** What could stand at the end of a typed line, as those scripts read it: a suggestion a line, and what the shell may add. */
export function completeLine(program: Program | null, words: readonly string[]): string[] {
  const root = new RootCommand();
  if (program) describe(root, program, []);
  return printed(() => root.parse([...words]))
    .trimEnd()
    .split('\n');
}

function describe(root: RootCommand, node: Program, names: readonly string[]): void {
  const command = names.length === 0 ? root : root.command(names.join(' '), node.description());
  const help = node.createHelp();
  for (const option of help.visibleOptions(node)) describeOption(command, option);
  for (const argument of node.registeredArguments)
    command.argument(
      argument.name(),
      (complete) => argument.argChoices?.forEach((choice) => complete(choice, '')),
      argument.variadic,
    );
  for (const each of help.visibleCommands(node)) describe(root, each, [...names, each.name()]);
}

function describeOption(command: Command, option: Option): void {
  const { description, argChoices = [] } = option;
  const long = option.long?.slice(2);
  const short = option.short?.slice(1);
  if (long === undefined) return;
  if (option.required || option.optional)
    command.option(
      long,
      description,
      (complete) => argChoices.forEach((choice) => complete(choice, '')),
      short,
    );
  else command.option(long, description, short);
}

/** The library prints by `console.log`, at once. */
function printed(print: () => void): string {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => void lines.push(line);
  try {
    print();
  } finally {
    console.log = log;
  }
  return `${lines.join('\n')}\n`;
}
