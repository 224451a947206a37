import { spellName } from '../../../packages/kit/resources.ts';
import type { FieldError } from '../../base/problem.ts';

/*
 * What an app may give by itself: contents and features, which are names of its own, its plans, products and benefits (ADR 100).
 */

export const MAX_GIVEN = 50;
/** Of all names of one grant together. An event has them, and so has the customer's token. */
const MAX_GIVEN_CHARS = 8_000;

export interface Given {
  /** Each once, in its one spelling. */
  names: string[];
  /** Ids that have to be the app's own, and which entries named them. */
  products: Owned[];
  benefits: Owned[];
}

interface Owned {
  id: string;
  path: string;
}

type Read = { name: string; product?: string; benefit?: string } | { message: string };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads the resources of a request. `appProduct`: the app's product slug. What is wrong with them is named by `path`. */
export function readGiven(
  resources: readonly string[],
  appProduct: string,
  path = 'body.resources',
): { given: Given; errors: FieldError[] } {
  const given: Given = { names: [], products: [], benefits: [] };
  const errors: FieldError[] = [];
  for (const [index, resource] of resources.entries()) {
    const at = `${path}.${index}`;
    const read = readOne(resource, appProduct);
    if ('message' in read) {
      errors.push({ path: at, message: read.message });
      continue;
    }
    if (given.names.includes(read.name)) continue;
    given.names.push(read.name);
    if (read.product !== undefined) given.products.push({ id: read.product, path: at });
    if (read.benefit !== undefined) given.benefits.push({ id: read.benefit, path: at });
  }
  const chars = given.names.reduce((sum, name) => sum + name.length, 0);
  if (chars > MAX_GIVEN_CHARS) {
    const message = `Must have at most ${MAX_GIVEN_CHARS} characters together. Give the others in another grant.`;
    errors.push({ path, message });
  }
  return { given, errors };
}

/** What names things that the app does not own, or that nobody does: there is no difference to see. */
export function foreignThings(
  given: Given,
  own: { products: readonly string[]; benefits: readonly string[] },
): FieldError[] {
  const lacking = (named: readonly Owned[], known: readonly string[], kind: string) =>
    named
      .filter(({ id }) => !known.includes(id))
      .map(({ path }) => ({ path, message: `This app has no such ${kind}.` }));
  return [
    ...lacking(given.products, own.products, 'product'),
    ...lacking(given.benefits, own.benefits, 'benefit'),
  ];
}

function readOne(resource: string, appProduct: string): Read {
  const name = spellName(resource);
  const [kind = ''] = name?.split(':', 1) ?? [];
  const rest = name?.slice(kind.length + 1) ?? '';
  if (name === undefined || rest.trim() === '') return { message: forms(appProduct) };
  switch (kind) {
    case 'content':
      return isContent(rest)
        ? { name }
        : { message: 'A star stands for all beneath a path, as in content:courses/git/*, and only there.' };
    case 'feature':
      return rest.includes('*') ? { message: 'Name each feature: a star stands for none.' } : { name };
    case 'plan':
      return rest.startsWith(`${appProduct}:`) && rest.length > appProduct.length + 1
        ? { name }
        : { message: `Must be a plan of this app: plan:${appProduct}:<plan>.` };
    case 'product':
      return UUID.test(rest)
        ? { name, product: rest }
        : { message: 'Must be product: and Polar’s id of it, a UUID.' };
    case 'benefit':
      return UUID.test(rest)
        ? { name, benefit: rest }
        : { message: 'Must be benefit: and Polar’s id of it, a UUID.' };
    default:
      return { message: forms(appProduct) };
  }
}

function isContent(path: string): boolean {
  const base = path.endsWith('/*') ? path.slice(0, -2) : path;
  return base !== '' && !base.includes('*');
}

function forms(appProduct: string): string {
  return `Must be content:<path>, feature:<key>, plan:${appProduct}:<plan>, product:<id> or benefit:<id>.`;
}
