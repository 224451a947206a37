/* The entries of a configuration, as an editor shows them: define-config.ts. */

/** What an entry is at Polar, where that is not its kind and its name, as for what was once a page: `page:blog/tides`. */
export interface Keyed {
  key?: string;
}

export type Visibility = 'draft' | 'private' | 'public';
export type Metadata = Record<string, string | number | boolean>;

export type PriceInput = {
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

export interface MeterInput extends Keyed {
  name: string;
  unit?: 'scalar' | 'token' | 'custom';
  custom_label?: string | null;
  custom_multiplier?: number | null;
  filter: Filter;
  aggregation: { func: 'count' } | { func: 'sum' | 'max' | 'min' | 'avg' | 'unique'; property: string };
  metadata?: Metadata;
}

export interface FieldInput extends Keyed {
  /** Unique in the organization; `<product>-<name>` unless said. */
  slug?: string;
  name: string;
  type: 'text' | 'number' | 'date' | 'checkbox' | 'select';
  /** As Polar has them: `options` of a select, `form_label`. */
  properties?: Record<string, unknown>;
  metadata?: Metadata;
}

export interface DiscountInput extends Keyed {
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
