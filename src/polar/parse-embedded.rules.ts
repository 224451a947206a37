import { $ZodError } from 'zod/v4/core';
import type { EmbeddedName } from './kinds.rules.ts';
import { productPart } from './objects.rules.ts';
import { asText } from './content.rules.ts';
import { parseBenefit, parseCustomer, toProduct } from './parse-objects.rules.ts';
import { parseSubscription } from './parse-purchases.rules.ts';
import type { Observation, Snapshot } from './snapshots.rules.ts';

const EMBEDDED: Record<EmbeddedName, (part: unknown, seen: number) => Snapshot[]> = {
  customer: (part, seen) => [parseCustomer(part, seen)],
  product: (part, seen) => {
    const product = productPart().parse(part);
    return [toProduct(product, seen), ...parseBenefits(product.benefits, seen)];
  },
  subscription: (part, seen) => [parseSubscription(part, seen)],
  benefit: (part, seen) => [parseBenefit(part, seen)],
  benefits: parseBenefits,
};

/**
 * The benefits of a product. One that is not what Polar documents is left out, so that the product can be sold; its own
 * Polar event, or the list of benefits, reports what is wrong with it.
 */
function parseBenefits(list: unknown, seen: number): Snapshot[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((part: unknown) => attempt(() => [parseBenefit(part, seen)]) ?? []);
}

/**
 * What is embedded in an object, each parsed by itself: one that cannot be must not fail its holder. `fields`: those of
 * their ids, by which they can be read again.
 */
export function parseEmbedded(
  holder: Record<string, unknown>,
  seen: number,
  fields: Partial<Record<EmbeddedName, string | null>>,
): Pick<Observation, 'embedded' | 'unread'> {
  const embedded: Snapshot[] = [];
  const unread: Observation['unread'] = [];
  for (const [name, field] of Object.entries(fields) as [EmbeddedName, string | null][]) {
    const parts = attempt(() => EMBEDDED[name](holder[name], seen));
    const id = field === null ? null : asText(holder[field]);
    if (parts) embedded.push(...parts);
    else if (id && name !== 'benefit' && name !== 'benefits') unread.push({ kind: name, id });
  }
  return { embedded, unread };
}

/** Undefined for what is not there, or is not what Polar documents. */
function attempt(parse: () => Snapshot[]): Snapshot[] | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError || error instanceof $ZodError) return undefined;
    throw error;
  }
}
