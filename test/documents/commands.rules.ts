/* What can be said of a command by reading it. */

/** Programs with which a command in a sentence begins. */
const PROGRAMS =
  /^(?:npm|npx|pnpm|yarn|bun|node|curl|git|wrangler|python3?|pip|go|php|ruby|gem|sh|bash|zsh|docker|apt-get)$/;

/** The words of what a sentence quotes, when it is a command that can be typed. Undefined: it is something else. */
export function wordsOfCommand(code: string): string[] | undefined {
  const words = code.trim().split(/\s+/);
  const program = words.findIndex((word) => !/^[A-Z][A-Z0-9_]*=/.test(word));
  if (program < 0) return words.length > 1 ? words : undefined;
  return PROGRAMS.test(words[program] ?? '') && words.length > program + 1 ? words : undefined;
}

/** What somebody would have to replace before the command works: `pay_01h…`, `<id>`, `YOUR_KEY`. */
export function placeholdersOf(command: string): string[] {
  const found = command.matchAll(
    /\S*…\S*|<[A-Za-z][\w -]*>|\b(?:YOUR|MY)_[A-Z_]+\b|\bx{3,}\b|\.\.\.(?=["'\s]|$)/g,
  );
  return [...found].map(([each]) => each);
}

/** The variables that lines use, and that neither they nor the lines before them have set. */
export function unsetVariables(lines: string, before = ''): string[] {
  const set = new Set(
    [...`${before}\n${lines}`.matchAll(/(?:^|[\s;(])(?:export )?([A-Za-z_]\w*)=|\bfor (\w+) in\b/g)].map(
      ([, name, loop]) => name ?? loop ?? '',
    ),
  );
  return [...lines.replaceAll(/'[^']*'/g, '').matchAll(/\$\{?([A-Za-z_]\w*)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !set.has(name) && !['HOME', 'PATH', 'PWD'].includes(name));
}
