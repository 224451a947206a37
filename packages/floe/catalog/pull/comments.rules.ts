import { CONNECTED } from '../model/benefits.rules.ts';
import { KINDS, placeOf } from '../model/catalog.rules.ts';
import { nameKind } from '../plan/describe-plan.rules.ts';
import type { Wire } from '../there/polar-objects.rules.ts';
import type { There } from '../there/there.rules.ts';
import type { LeftOut, writeSayable } from './sayable.rules.ts';

/* What a configuration says in comments, since it has no words for it. */

/** The lines at the top. `from`: where it was, and when. */
export function headOf(from: string, leftOut: readonly LeftOut[], there: There): string[] {
  const archived = archivedIn(there);
  const twice = there.duplicates.flatMap(({ kind, name, isArchived }) =>
    isArchived || kind === 'files' ? [] : [name],
  );
  return [
    from,
    ...leftOut.map(({ kind, name, why }) => `Cannot be said here: ${nameKind(kind)} ${name} (${why}).`),
    ...(twice.length === 0 ? [] : [`There twice at Polar, and the older one is here: ${twice.join(', ')}.`]),
    ...(archived.length === 0 ? [] : [`Archived at Polar: ${archived.join(', ')}.`]),
  ];
}

/** Names of products. */
export const archivedIn = ({ catalog, held }: There): string[] =>
  catalog.products.flatMap(({ key, name }) => (held.get(placeOf('products', key))?.isArchived ? [name] : []));

/** What a person has to know of an entry, by section and name. */
export function commentsOn({ catalog, names }: ReturnType<typeof writeSayable>, missing: readonly string[]) {
  const connected = catalog.benefits.flatMap(({ key, type }) => {
    const { [type]: service } = CONNECTED;
    const name = names.get(placeOf('benefits', key)) ?? '';
    return service === undefined
      ? []
      : [
          [
            `benefits.${name}`,
            `Somebody connects ${service} in Polar’s dashboard, in each organization by itself.`,
          ] as const,
        ];
  });
  const away = missing.map(
    (key) =>
      [
        `files.${names.get(placeOf('files', key)) ?? ''}`,
        'Its bytes are at Polar, and not here. Put the file here before it goes to another organization.',
      ] as const,
  );
  return new Map([...connected, ...away]);
}

/** What people know an object by. */
export function nameOfId(wire: Wire, id: string): string | undefined {
  for (const kind of KINDS) {
    const found = wire[kind].find((each) => each.id === id);
    if (!found) continue;
    const { name, description } = found as Readonly<Record<string, unknown>>;
    const text = kind === 'benefits' ? description : name;
    return typeof text === 'string' ? text : undefined;
  }
  return undefined;
}
