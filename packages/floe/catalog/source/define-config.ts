import type {
  BenefitInput,
  DiscountInput,
  FieldInput,
  Keyed,
  Metadata,
  MeterInput,
  PriceInput,
  Visibility,
} from './config-entries.ts';

/*
 * What `floe.config.ts` imports: `floe/config` of the package. It is published as it stands, so that an editor shows these words; a test compares
 * the types with the schema that reads them (config.rules.ts).
 */

/** A catalogue in TypeScript, `floe.config.ts`: `export default defineConfig({ product: 'quay', … })`. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}

/** What is sold. Names refer to what is called so in the same configuration. */
export interface ConfigInput {
  /** The slug of the gateway's app that sells this: `quay`. */
  product: string;
  /** Where the pages are, for the note that buyers see. */
  siteUrl?: string;
  /** Which pages there are, as patterns beneath the folder of this file: `content/blog/*.md`. */
  content?: (string | PagesInput)[];
  /** The folder beneath which content ids begin; by default the one that is called `content`, else the first. */
  contentRoot?: string;
  /** Languages. The first that a page has says its title and price. */
  locales?: string[];
  /** Of pages and of prices that are a number: `usd`. */
  currency?: string;
  /** How a page's product is called: `[path]`, with `[collection]` and `[title]` to choose from. */
  productName?: string;
  /** The mail address of whoever answers for it. */
  owner?: string;
  /** The keys of metadata that say whose an object is. */
  ownerKeys?: 'gateway' | 'uncle-z' | { product: string; plan: string; owner: string };
  /** Plans by name: `monthly` is `<product>:monthly`. */
  plans?: Record<string, PlanInput>;
  benefits?: Record<string, BenefitInput>;
  meters?: Record<string, MeterInput>;
  /** Custom fields, which a checkout asks for. */
  fields?: Record<string, FieldInput>;
  discounts?: Record<string, DiscountInput>;
  /** Files by name: where they are, beneath the folder of this file. */
  files?: Record<string, string | FileInput>;
  audit?: {
    /** Codes of rules that are not wanted. */
    off?: string[];
  };
}

interface PagesInput {
  include: string;
  exclude?: string[];
  /** Courses: the page of this name (`index`) sells its folder, and the others in it are its chapters. */
  group?: { index?: string };
}

interface FileInput {
  path: string;
  version?: string | null;
  /** As `sha256sum` says it: what Polar has is known by it where the file itself is not on this machine. */
  sha256?: string;
}

interface PlanInput extends Keyed {
  /** Of a product that is not called `<product>:<plan>`. */
  name?: string;
  /** In minor units, 700 is $7.00; `{ usd: 500, eur: 450 }`; a price as Polar has it; or several of them. */
  price: ShortPrice | ShortPrice[];
  /** `month`, `3 months`; without it the plan is bought once. */
  every?: string;
  /** `14 days`. */
  trial?: string;
  /** How often use is billed and credited, where that is oftener than the rest: `month` of a yearly plan. */
  usage_every?: string;
  /** What buyers read beside the name. */
  description?: string | null;
  visibility?: Visibility;
  /** Names of benefits, in the order in which buyers see them. */
  benefits?: string[];
  /** Names of files that show it. */
  medias?: string[];
  /** Names of custom fields, in the order in which buyers are asked. */
  fields?: (string | { field: string; required?: boolean })[];
  metadata?: Metadata;
}

type ShortPrice = number | Record<string, number> | PriceInput;
