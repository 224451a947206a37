/*
 * Which file of src may import which: rooms import downward only, and a file's suffix says what it may touch. The picture
 * and the reasons are in docs/architecture.md.
 */

/** From the lowest to the highest: a room imports itself and those before it. */
export const ROOMS: readonly string[] =
  'base http polar tell access people record sell use hear compare operate'.split(' ');

/** These must not import each other. `operate` is above them, since it looks after everything. */
const APART = new Set(['use', 'hear', 'compare']);

/** Where a file stands: its room ('' beside the rooms) and what the end of its name says. */
export interface Place {
  room: string;
  suffix: string;
}

/** Packages that only some files may import. */
const PACKAGES: readonly { name: string; may: (file: Place) => boolean; why: string }[] = [
  { name: 'drizzle-orm', may: (file) => file.suffix === 'rows', why: 'SQL is written in *.rows.ts only' },
  { name: '@polar-sh/sdk', may: (file) => file.room === 'polar', why: 'only the room polar knows the SDK' },
  {
    name: 'hono',
    may: (file) =>
      file.room === 'http' || file.room === '' || file.suffix === 'routes' || file.suffix === 'docs',
    why: 'HTTP is spoken in *.routes.ts and in the room http only',
  },
  {
    name: 'jose',
    may: (file) => file.suffix !== 'rules',
    why: '*.rules.ts decide, and sign and verify nothing',
  },
];

/** What a suffix may import of the project's own files. */
const SUFFIXES: Record<string, { may: (target: Place, file: Place) => boolean; why: string }> = {
  rules: {
    may: (target) => target.suffix === 'rules',
    why: '*.rules.ts import *.rules.ts only: they are pure',
  },
  rows: {
    may: (target) => target.room === 'base' || target.suffix === 'rows' || target.suffix === 'rules',
    why: '*.rows.ts import rows, rules and base only',
  },
  routes: {
    may: (target) => target.suffix !== 'rows',
    why: '*.routes.ts call a recipe, which reads and writes rows',
  },
  docs: { may: (target) => target.suffix !== 'rows', why: '*.docs.ts describe routes and read nothing' },
  answers: {
    may: (target) => target.suffix !== 'rows',
    why: '*.answers.ts describe what routes answer and read nothing',
  },
  '': {
    may: (target, file) => file.room === '' || (target.suffix !== 'routes' && target.suffix !== 'docs'),
    why: 'a recipe knows no route',
  },
};

/** A file's room and suffix, of a path with `src/` in it; undefined outside of src. */
export function placeOf(path: string): Place | undefined {
  const [, inside] = /(?:^|\/)src\/(.*)$/.exec(path.replaceAll('\\', '/')) ?? [];
  if (inside === undefined) return undefined;
  const parts = inside.split('/');
  const [, suffix = ''] = /\.([a-z]+)\.ts$/.exec(inside) ?? [];
  return { room: parts.length > 1 ? (parts[0] ?? '') : '', suffix };
}

/** Why `file` may not import `target`, or undefined. */
export function refuse(file: Place, target: Place, isType = false): string | undefined {
  const [from, to] = [ROOMS.indexOf(file.room), ROOMS.indexOf(target.room)];
  if (file.room !== '' && from === -1) return `\`${file.room}\` is no room: see docs/architecture.md`;
  if (file.room !== '') {
    if (target.room === '') return 'a room does not import what wires the rooms together';
    if (to > from) return `\`${file.room}\` stands below \`${target.room}\`: rooms import downward only`;
    if (to !== from && APART.has(file.room) && APART.has(target.room))
      return `\`${file.room}\` and \`${target.room}\` know nothing of each other`;
  }
  // A type has no behaviour: any suffix may name one.
  if (isType) return undefined;
  if (target.suffix === 'answers' && file.suffix !== 'docs' && file.suffix !== 'answers')
    return '*.answers.ts are for *.docs.ts: the Worker has their types alone, not their schemas';
  const rule = SUFFIXES[file.suffix] ?? SUFFIXES[''];
  return rule === undefined || rule.may(target, file) ? undefined : rule.why;
}

/** Only `*.rows.ts` may import the tables, since whoever has them writes SQL. Every file may import their types. */
const TABLES = /\/schema\.rows\.ts$/;

/** Why `file` may not import a package, or undefined. */
export function refusePackage(file: Place, name: string): string | undefined {
  const found = PACKAGES.find((each) => name === each.name || name.startsWith(`${each.name}/`));
  return found && !found.may(file) ? found.why : undefined;
}

/** `import type …`, or names that are all types. */
function isTypeOnly(node: ImportNode): boolean {
  const names = node.specifiers ?? [];
  return (
    node.importKind === 'type' || (names.length > 0 && names.every(({ importKind }) => importKind === 'type'))
  );
}

/** Of oxlint's nodes, what is read here. */
interface ImportNode {
  source?: { value?: unknown } | null;
  importKind?: string;
  specifiers?: { importKind?: string }[];
}
interface Context {
  filename: string;
  report(problem: { node: ImportNode; message: string }): void;
}

const rule = {
  create(context: Context) {
    const file = placeOf(context.filename);
    if (!file) return {};
    const check = (node: ImportNode) => {
      const source = node.source?.value;
      if (typeof source !== 'string') return;
      const resolved = source.startsWith('.')
        ? placeOf(new URL(source, `file://${context.filename}`).pathname)
        : undefined;
      const isType = isTypeOnly(node);
      const why = resolved
        ? refuse(file, resolved, isType)
        : isType
          ? undefined
          : refusePackage(file, source);
      const takesTables = TABLES.test(source) && file.suffix !== 'rows' && !isType;
      if (why !== undefined) context.report({ node, message: `${source}: ${why}.` });
      else if (takesTables) context.report({ node, message: `${source}: SQL is written in *.rows.ts only.` });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

export default { meta: { name: 'floe' }, rules: { rooms: rule } };
