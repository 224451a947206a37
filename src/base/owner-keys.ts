import { OWNER_PRESETS, type OwnerKeys } from '../../packages/kit/product-owners.ts';
import { ConfigError } from './settings.ts';

/** As Polar lets a key of metadata be, of characters that need no quotes anywhere. */
const METADATA_KEY = /^[A-Za-z0-9_.-]{1,40}$/;

/**
 * The keys of metadata by which products and discounts at Polar say whose they are: a preset by its name, or JSON; undefined when unset. `owner`,
 * who is asked about them, is of the catalogue (`floe catalog`) alone. @throws {ConfigError}
 */
export function readOwnerKeys(name: string, value: string | undefined): OwnerKeys | undefined {
  const text = value?.trim() ?? '';
  if (text === '') return undefined;
  if (Object.hasOwn(OWNER_PRESETS, text)) return OWNER_PRESETS[text as keyof typeof OWNER_PRESETS];
  const { product, plan, owner = OWNER_PRESETS.gateway.owner, ...more } = parse(text);
  const keys = [product, plan, owner];
  if (!keys.every(isKey) || new Set(keys).size < keys.length || Object.keys(more).length > 0)
    throw new ConfigError(
      `${name} must be ${Object.keys(OWNER_PRESETS).join(' or ')}, or JSON such as {"product": "acme_product", "plan": "acme_plan"}: keys of metadata that differ, each of up to 40 letters, digits, dashes, dots and underscores.`,
    );
  return { product: String(product), plan: String(plan), owner: String(owner) };
}

const isKey = (key: unknown): boolean => typeof key === 'string' && METADATA_KEY.test(key);

function parse(text: string): Partial<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Partial<Record<string, unknown>>;
  } catch {
    return {};
  }
}
