import { type Catalog, type Kind, placeOf } from '../model/catalog.rules.ts';
import type { There } from '../there/there.rules.ts';

/* What stands in the way of a push. */

export type Obstacle =
  /** Polar keeps these fields of an object for ever. */
  | { code: 'needs_new'; kind: Kind; key: string; name: string; fields: string[] }
  /** Somebody has to do something in Polar's dashboard first. */
  | { code: 'by_hand'; kind: Kind; key: string; name: string; todo: string }
  /** Another product has what this one would make. */
  | {
      code: 'owned_by_another';
      kind: Kind;
      key: string;
      name: string;
      claims: readonly string[];
      id: string;
    }
  /** Another discount of the organization has its code. */
  | {
      code: 'discount_code_taken';
      kind: 'discounts';
      key: string;
      name: string;
      discountCode: string;
      /** What the other one is called, and its id. */
      other: string;
      id: string;
      /** The slugs that it says it is of; none: it is of this product and left the source, or says nothing. */
      claims: readonly string[];
    };

/** What others have that is wanted here. */
export const obstaclesOf = (wanted: Catalog, there: There): Obstacle[] => [
  ...takenProducts(wanted, there),
  ...takenCodes(wanted, there),
];

/**
 * A product of others that has the name of one that is wanted: buyers and the gateway could not tell them apart. And one that was ours until somebody gave
 * it another's name: its subscribers would stay with it, and a second one would be made.
 */
const takenProducts = ({ products }: Catalog, { foreign }: There): Obstacle[] =>
  products.flatMap(({ key, name }) =>
    foreign
      .filter((other) => other.name === name || other.disputed === key)
      .map(({ id, claims }): Obstacle => ({
        code: 'owned_by_another',
        kind: 'products',
        key,
        name,
        claims,
        id,
      })),
  );

/** Polar has a code once in an organization, in any case of its letters. One that is changed by this push may give its code away, and is not looked at. */
function takenCodes({ discounts }: Catalog, { foreignCodes, catalog, held }: There): Obstacle[] {
  const wanted = new Set(discounts.map(({ key }) => key));
  const left = catalog.discounts.flatMap(({ key, name, code }) => {
    const own = held.get(placeOf('discounts', key));
    return own === undefined || code === null || wanted.has(key)
      ? []
      : [{ id: own.id, name, code, claims: [] }];
  });
  const all = [...foreignCodes, ...left];
  return discounts.flatMap(({ key, name, code }) => {
    const other = all.find((each) => each.code.toLowerCase() === code?.toLowerCase());
    if (other === undefined || code === null) return [];
    const { id, claims } = other;
    return [
      {
        code: 'discount_code_taken',
        kind: 'discounts',
        key,
        name,
        discountCode: code,
        other: other.name,
        id,
        claims,
      },
    ];
  });
}
