import type { openShop } from './shop.ts';

/* What people have made in Polar's dashboard: something of every type, and nothing says of itself what it is. */

type Shop = Awaited<ReturnType<typeof openShop>>;
type Mode = 'sandbox' | 'live';

const FIXED = { amount_type: 'fixed', price_amount: 500, price_currency: 'usd' };
const METER = {
  name: 'Calls',
  unit: 'custom',
  custom_label: 'calls',
  custom_multiplier: 1000,
  filter: {
    conjunction: 'and',
    clauses: [
      { property: 'name', operator: 'eq', value: 'call' },
      { conjunction: 'or', clauses: [{ property: 'size', operator: 'gte', value: 3 }] },
    ],
  },
  aggregation: { func: 'sum', property: 'size' },
};

/** Prices of each type, each with what a product of them says besides. `meter`: the id of a meter. */
export const PRICES: Readonly<
  Record<string, (meter: string) => { prices: object[]; [field: string]: unknown }>
> = {
  fixed: () => ({ prices: [FIXED] }),
  free: () => ({ prices: [{ amount_type: 'free', price_currency: 'usd' }] }),
  'pay what you want': () => ({
    prices: [
      {
        amount_type: 'custom',
        price_currency: 'usd',
        minimum_amount: 0,
        maximum_amount: 9000,
        preset_amount: 700,
      },
    ],
  }),
  'seats in tiers': () => ({
    prices: [
      {
        amount_type: 'seat_based',
        price_currency: 'usd',
        seat_tiers: {
          seat_tier_type: 'graduated',
          tiers: [
            { min_seats: 1, max_seats: 9, price_per_seat: 900 },
            { min_seats: 10, max_seats: null, price_per_seat: 700 },
          ],
        },
      },
    ],
    recurring_interval: 'month',
  }),
  'units in tiers': () => ({
    prices: [
      {
        amount_type: 'unit_based',
        price_currency: 'usd',
        tiers: { type: 'volume', tiers: [{ bound: 10, unit_amount: '0.50' }, { unit_amount: 0 }] },
        minimum_units: 2,
      },
    ],
  }),
  'metered, beside a fixed one': (meter) => ({
    prices: [
      FIXED,
      {
        amount_type: 'metered_unit',
        price_currency: 'usd',
        meter_id: meter,
        unit_amount: '0.0500',
        cap_amount: 90_000,
      },
    ],
    recurring_interval: 'year',
    meter_interval: 'month',
  }),
  'several currencies': () => ({
    prices: [
      FIXED,
      { ...FIXED, price_amount: 450, price_currency: 'eur' },
      { ...FIXED, price_amount: 400, price_currency: 'gbp' },
    ],
  }),
  'taxes of its own': () => ({ prices: [{ ...FIXED, tax_behavior: 'inclusive' }] }),
};

export const INTERVALS = ['day', 'week', 'month', 'year'].flatMap((recurring_interval) =>
  [1, 3].map((recurring_interval_count) => ({ recurring_interval, recurring_interval_count })),
);

/** Benefits of each type. `meter`, `file`: ids. */
export const BENEFITS: Readonly<Record<string, (ids: { meter: string; file: string }) => object>> = {
  custom: () => ({
    description: 'Every article',
    properties: { note: 'Read them:\n\n  here' },
    metadata: { content_id: 'blog/*' },
  }),
  feature_flag: () => ({ description: 'Early access', properties: {} }),
  discord: () => ({
    description: 'A place to talk',
    properties: { guild_token: 'secret-token', role_id: '7', kick_member: true },
  }),
  github_repository: () => ({
    description: 'The sources',
    properties: { repository_owner: 'quay', repository_name: 'tides', permission: 'triage' },
  }),
  downloadables: ({ file }) => ({ description: 'The table', properties: { files: [file] } }),
  license_keys: () => ({
    description: 'For two machines',
    properties: {
      prefix: 'QUAY',
      expires: { ttl: 1, timeframe: 'year' },
      activations: { limit: 2, enable_customer_admin: true },
      limit_usage: 9,
    },
  }),
  meter_credit: ({ meter }) => ({
    description: 'A thousand calls',
    properties: { units: 1000, rollover: true, meter_id: meter },
  }),
  slack_shared_channel: () => ({
    description: 'A channel with us',
    properties: {
      slack_integration_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
      channel_name_template: 'quay-{customer}',
      welcome_message: 'Hello!',
      team_invitees: ['ada@quay.example'],
    },
  }),
};

export const makeMeter = (shop: Shop, more: object = {}, mode: Mode = 'sandbox'): Promise<string> =>
  shop.post('meters', { ...METER, ...more }, mode);

/** Uploads a file as the dashboard does. @returns its id */
export async function makeFile(
  shop: Shop,
  {
    name,
    text,
    service = 'downloadable',
    type = 'text/plain',
  }: { name: string; text: string; service?: string; type?: string },
  mode: Mode = 'sandbox',
): Promise<string> {
  const size = Buffer.byteLength(text);
  const made = await shop.call(mode, 'POST', '/v1/files/', {
    name,
    mime_type: type,
    size,
    service,
    upload: { parts: [{ number: 1, chunk_start: 0, chunk_end: size }] },
  });
  const { id, upload } = await made.json<{
    id: string;
    upload: { id: string; path: string; parts: { url: string }[] };
  }>();
  const sent = await shop.simulator.fetch(
    new Request(upload.parts[0]?.url ?? '', { method: 'PUT', body: text }),
  );
  const parts = [{ number: 1, checksum_etag: sent.headers.get('etag') ?? '', checksum_sha256_base64: null }];
  await shop.call(mode, 'POST', `/v1/files/${id}/uploaded`, { id: upload.id, path: upload.path, parts });
  return id;
}

/** Makes a product that gives these benefits. @returns its id */
export async function makeProduct(
  shop: Shop,
  product: object,
  benefits: readonly string[] = [],
  mode: Mode = 'sandbox',
): Promise<string> {
  const id = await shop.post('products', { prices: [FIXED], ...product }, mode);
  if (benefits.length > 0) await shop.call(mode, 'POST', `/v1/products/${id}/benefits`, { benefits });
  return id;
}
