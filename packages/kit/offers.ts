import { contentResource } from './content-ids.ts';
import { coveredBy, spellName } from './resources.ts';

/* What a catalogue opens, looked up by name. */

const BENEATH = '/*';

/** Offers by their folded names, as the catalogue spells them. `opens`: values of `content_id`, as the gateway reads them. */
export function offersOf(opens: readonly string[]): ReadonlyMap<string, string> {
  const offers = new Map<string, string>();
  for (const each of opens.flatMap((text) => text.split(/[\s,]+/))) {
    // The gateway opens nothing by a name that begins with a slash. Whoever wrote it meant to sell something.
    const said = each.replace(/^\/+/, '');
    const folded = said === '' ? undefined : foldName(said);
    if (folded !== undefined && !offers.has(folded)) offers.set(folded, said);
  }
  return offers;
}

/** Finds what a name of content is called when something opens it, as the catalogue spells it: of `Blog/*` the part before the star is the offer's. */
export function findOffers(offers: ReadonlyMap<string, string>): (name: string) => string | undefined {
  return (name) => {
    for (const each of coveredBy(foldName(name) ?? '')) {
      const offer = offers.get(each);
      if (offer === undefined) continue;
      if (!offer.endsWith(BENEATH)) return offer;
      const beneath = offer.slice(0, -BENEATH.length);
      return [beneath, ...name.split('/').slice(beneath.split('/').length)].join('/');
    }
    return undefined;
  };
}

/**
 * The name of content in one spelling for all routers, some of which do not tell upper from lower case. By way of upper case, where more letters are one
 * (`ß` and `SS`, both small sigmas). Undefined when it is none.
 */
export function foldName(id: string): string | undefined {
  const spelled = spellName(contentResource(id));
  return spelled === undefined ? undefined : spellName(spelled.toUpperCase().toLowerCase());
}
