import { Argument, Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { examples } from '../../help.ts';
import { completeLine, writeScript } from './complete.ts';

/** `floe completion`: what a shell needs to complete commands, and what it asks while somebody types. */
export function completionCommand(act: Act) {
  const completion = new Command('completion')
    .description('print the script with which a shell completes commands')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish'] as const))
    .action(
      act(async ({ out }, shell) => {
        const script = writeScript(shell);
        out.result({ shell, script }, script.trimEnd());
      }),
    );
  return examples(completion, [
    ['source <(floe completion bash)', 'bash; put it into ~/.bashrc'],
    ['source <(floe completion zsh)', 'zsh; put it into ~/.zshrc, behind compinit'],
    ['floe completion fish > ~/.config/fish/completions/floe.fish', 'fish'],
  ]);
}

/** `floe complete -- apps li`: asked by those scripts. */
export function completeCommand(act: Act) {
  return new Command('complete').argument('[words...]', 'what is typed so far').action(
    act(async ({ out }, words, _options, command) => {
      const lines = completeLine(command.parent, words);
      out.result(lines, lines.join('\n'));
    }),
  );
}
