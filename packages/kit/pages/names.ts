import { spellName } from '../resources.ts';

/** A product's name as people read it: of `quay:lifetime`, which says whose it is, "Lifetime". */
export function nameProduct(name: string): string {
  const [, plan] = /^[a-z0-9-]+:(\S+)$/.exec(name.trim()) ?? [];
  return plan === undefined ? name : toWords(plan);
}

/** What the last part of `content:blog/premium-article` says, "Premium article". Undefined for a name without words. */
export function nameResource(resource: string): string | undefined {
  const [, path] = /^content:(.+)$/.exec(spellName(resource) ?? '') ?? [];
  const last = path
    ?.split('/')
    .filter((part) => part !== '*')
    .at(-1);
  if (last === undefined || !/\p{L}{2}/u.test(last) || /^[0-9a-f-]{32,}$/i.test(last)) return undefined;
  return toWords(last);
}

function toWords(name: string): string {
  const [first = '', ...rest] = name.replaceAll(/[-_.]+/g, ' ').trim();
  return first.toUpperCase() + rest.join('');
}
