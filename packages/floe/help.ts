interface Helped {
  addHelpText(position: 'after', text: string): unknown;
}

/** Examples below a command's help: what is typed, and what that does. */
export function examples<Shown extends Helped>(
  command: Shown,
  lines: readonly (readonly [typed: string, does: string])[],
): Shown {
  const text = lines.map(([typed, does]) => `  # ${does}\n  ${typed}`).join('\n');
  command.addHelpText('after', `\nExamples:\n${text}`);
  return command;
}
