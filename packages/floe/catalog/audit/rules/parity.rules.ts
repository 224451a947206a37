import { type Kind, KINDS, placeOf } from '../../model/catalog.rules.ts';
import { CONTENT_ID } from '../../model/metadata.rules.ts';
import { BY_ID, mapReferences } from '../../model/references.rules.ts';
import { nameKind } from '../../plan/describe-plan.rules.ts';
import { differencesOf } from '../../plan/differences.rules.ts';
import { wantedElsewhere } from '../../promote/elsewhere.rules.ts';
import { chooseEntries } from '../../pull/choose-entries.rules.ts';
import { ownerKeysOf } from '../../source/config-catalog.rules.ts';
import type { Config } from '../../source/config.rules.ts';
import type { There } from '../../there/there.rules.ts';
import type { Remark, Rule } from '../rule.rules.ts';

/* What Polar has in two places: in both environments, where it should be, and twice in one, where it should not. */

export const parity: Rule = {
  code: 'parity',
  severity: 'warning',
  title: 'Sandbox and live have the same names, prices and benefits',
  reason: 'What was tried in the sandbox is what is sold only when both are alike.',
  mend: 'Push the catalogue to both, or floe catalog promote. What is in one of them on purpose: archive it, or switch the rule off.',
  needs: ['there', 'otherSide'],
  check({ config, there, facts: { otherSide } }) {
    if (!there || !otherSide) return [];
    const other = otherSide.mode;
    const own = other === 'live' ? 'sandbox' : 'live';
    const [here, elsewhere] = [soldIn(there, config), soldIn(otherSide.there, config)];
    // Before it is sold at all, and each entry would say the same.
    for (const [a, b, empty] of [
      [elsewhere, here, other],
      [here, elsewhere, own],
    ] as const)
      if (a.size === 0 && b.size > 0)
        return [{ about: config.product, message: `There is nothing of ${config.product} in ${empty}.` }];
    return compare(here, elsewhere, own, other);
  },
};

/** Files are what benefits and products give and show. */
const COMPARED = KINDS.filter((kind) => kind !== 'files');

/** What is sold, without what is of one organization alone. */
function soldIn(there: There, config: Config) {
  const sold = wantedElsewhere(chooseEntries(there, {}), config.product, ownerKeysOf(config));
  return new Map(
    COMPARED.flatMap((kind) =>
      sold[kind].map((each) => {
        const entry = mapReferences(kind, each, (_of, key) => (key.startsWith(BY_ID) ? BY_ID : key));
        return [placeOf(kind, each.key), { kind, entry, name: nameOf(kind, each) }] as const;
      }),
    ),
  );
}

type Sold = ReturnType<typeof soldIn>;

const nameOf = (kind: Kind, entry: { name: string } | { description: string | null }): string =>
  kind === 'benefits' && 'description' in entry
    ? String(entry.description)
    : 'name' in entry
      ? entry.name
      : '';

function compare(here: Sold, elsewhere: Sold, own: string, other: string): Remark[] {
  const missing = (from: Sold, to: Sold, a: string, b: string) =>
    [...from].flatMap(([place, { kind, name }]): Remark[] =>
      to.has(place)
        ? []
        : [
            {
              about: name,
              entry: place,
              message: `The ${nameKind(kind)} ${name} is in ${a}, and not in ${b}.`,
            },
          ],
    );
  const differing = [...here].flatMap(([place, { kind, name, entry }]): Remark[] => {
    const found = elsewhere.get(place);
    const fields = found
      ? differencesOf(kind, found.entry, entry)
          .map(({ field }) => field)
          .filter(isSeen)
      : [];
    if (fields.length === 0) return [];
    return [
      {
        about: name,
        entry: place,
        message: `The ${nameKind(kind)} ${name} is not the same in ${own} and ${other}: ${fields.join(', ')}.`,
      },
    ];
  });
  return [...differing, ...missing(here, elsewhere, own, other), ...missing(elsewhere, here, other, own)];
}

/** Of metadata only what opens something is seen by buyers. */
const isSeen = (field: string) => !field.startsWith('metadata.') || field === `metadata.${CONTENT_ID}`;

export const madeTwice: Rule = {
  code: 'made_twice',
  severity: 'error',
  title: 'Nothing is there twice',
  reason: 'Buyers can buy either of two products, and only the older one is kept as the source says.',
  mend: 'floe catalog push --archive archives the younger product or meter; what else is there twice is deleted in Polar’s dashboard.',
  needs: ['there'],
  check: ({ there }) =>
    (there?.duplicates ?? []).flatMap(({ kind, key, name, id, isArchived }) => {
      const place = placeOf(kind, key);
      const first = there?.held.get(place)?.id;
      // Two files of the same bytes are one.
      if (isArchived || kind === 'files') return [];
      return [
        {
          about: id,
          entry: place,
          message: `The ${nameKind(kind)} ${name} is there twice: ${first ?? 'an older one'} counts, and ${id} is the other one.`,
        },
      ];
    }),
};
