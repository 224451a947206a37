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

/** What an entry is at Polar, where that is not its kind and its name, as for what was once a page: `page:blog/tides`. */
interface Keyed {
  key?: string;
}

type Visibility = 'draft' | 'private' | 'public';
type Metadata = Record<string, string | number | boolean>;

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
type PriceInput = {
  /** `usd` unless said. */
  price_currency?: string;
  tax_behavior?: 'location' | 'inclusive' | 'exclusive' | null;
} & (
  | { amount_type: 'fixed'; price_amount: number }
  /** The buyer chooses. */
  | {
      amount_type: 'custom';
      minimum_amount?: number;
      maximum_amount?: number | null;
      preset_amount?: number | null;
    }
  | {
      amount_type: 'seat_based';
      seat_tiers: {
        seat_tier_type?: 'volume' | 'graduated';
        tiers: { min_seats: number; max_seats?: number | null; price_per_seat: number }[];
      };
    }
  /** `unit_amount`: minor units, with up to twelve places. `meter`: a name. */
  | { amount_type: 'metered_unit'; meter: string; unit_amount: string | number; cap_amount?: number | null }
  /** The buyer says how many. `bound`: the last unit of a tier. */
  | {
      amount_type: 'unit_based';
      tiers: {
        type: 'volume' | 'graduated';
        tiers: { bound?: number | null; unit_amount: string | number }[];
      };
      minimum_units?: number | null;
      maximum_units?: number | null;
    }
);

export type BenefitInput = Keyed & {
  /** What buyers read, 3 to 42 characters. */
  description: string;
  /** What it opens: `blog/tides`, `courses/git/*`. */
  content_id?: string;
  visibility?: Visibility;
  metadata?: Metadata;
} & (
    | { type?: 'custom'; note?: string | null }
    | { type: 'feature_flag' }
    /** Names of files. */
    | { type: 'downloadables'; files: string[] }
    | {
        type: 'license_keys';
        prefix?: string | null;
        expires?: { ttl: number; timeframe: 'year' | 'month' | 'day' } | null;
        activations?: { limit: number; enable_customer_admin: boolean } | null;
        limit_usage?: number | null;
      }
    /** `meter`: a name. */
    | { type: 'meter_credit'; meter: string; units: number; rollover?: boolean }
    | {
        type: 'github_repository';
        repository_owner: string;
        repository_name: string;
        permission?: 'pull' | 'triage' | 'push' | 'maintain' | 'admin';
      }
    | { type: 'discord'; guild_token?: string; role_id: string; kick_member?: boolean }
    | {
        type: 'slack_shared_channel';
        slack_integration_id: string;
        channel_name_template: string;
        private?: boolean;
        welcome_message?: string | null;
        archive_on_revoke?: boolean;
        team_invitees?: string[];
      }
  );

interface Filter {
  conjunction: 'and' | 'or';
  clauses: (
    | {
        property: string;
        operator: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'like' | 'not_like';
        value: string | number | boolean;
      }
    | Filter
  )[];
}

interface MeterInput extends Keyed {
  name: string;
  unit?: 'scalar' | 'token' | 'custom';
  custom_label?: string | null;
  custom_multiplier?: number | null;
  filter: Filter;
  aggregation: { func: 'count' } | { func: 'sum' | 'max' | 'min' | 'avg' | 'unique'; property: string };
  metadata?: Metadata;
}

interface FieldInput extends Keyed {
  /** Unique in the organization; `<product>-<name>` unless said. */
  slug?: string;
  name: string;
  type: 'text' | 'number' | 'date' | 'checkbox' | 'select';
  /** As Polar has them: `options` of a select, `form_label`. */
  properties?: Record<string, unknown>;
  metadata?: Metadata;
}

interface DiscountInput extends Keyed {
  name: string;
  /** 3 to 256 letters and digits. */
  code?: string | null;
  type: 'percentage' | 'fixed';
  /** Of a percentage: 2550 is 25.5 %. */
  basis_points?: number | null;
  /** Of a fixed one: minor units by currency. */
  amounts?: Record<string, number> | null;
  duration: 'once' | 'forever' | 'repeating';
  duration_in_months?: number | null;
  /** ISO 8601. */
  starts_at?: string | null;
  ends_at?: string | null;
  max_redemptions?: number | null;
  max_redemptions_per_customer?: number | null;
  /** Names of plans, or `page:` and a content id; without it all of the organization, which is more than this product. */
  products?: string[] | null;
  metadata?: Metadata;
}
