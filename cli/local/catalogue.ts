import path from 'node:path';
import { EVENT_TYPES } from '../../packages/polar-simulator/webhooks/types.ts';
import { callJson, listField, textField } from './http.ts';
import { makeFileBenefit } from './upload-file.ts';

interface Price {
  amount: number;
  every?: 'month' | 'year';
}

interface SeededProduct extends Price {
  name: string;
  description: string;
  metadata?: Record<string, string>;
  benefit?: keyof typeof BENEFITS;
  /** It gives files besides. */
  gives?: 'atlas-files';
}

/** Every way to open something: metadata of the product itself, and benefits that Polar grants. */
const BENEFITS = {
  'all-of-quay': custom('Every article on Quay', 'blog/*'),
  'atlas-guides': custom('All Atlas field guides', 'guides/atlas'),
  // For the program of examples/cli-licence.
  'tides-key': {
    type: 'license_keys',
    description: 'Tides, for two machines',
    properties: { prefix: 'TIDES', activations: { limit: 2, enable_customer_admin: true } },
  },
} as const;

/** What is downloaded, as Polar calls the benefit. */
const FILES = {
  'atlas-files': {
    description: 'The list of lamps, to take along',
    files: [
      {
        file: path.join(import.meta.dirname, '..', '..', 'examples', 'site', 'files', 'nine-lamps.txt'),
        version: '1',
      },
    ],
  },
} as const;

function custom(description: string, content_id: string) {
  return { type: 'custom', description, metadata: { content_id }, properties: { note: null } } as const;
}

const PRODUCTS: readonly SeededProduct[] = [
  {
    name: 'quay:monthly',
    description: 'Everything on Quay, month by month.',
    amount: 500,
    every: 'month',
    benefit: 'all-of-quay',
  },
  {
    name: 'quay:yearly',
    description: 'Everything on Quay, for a year at a time.',
    amount: 4800,
    every: 'year',
    benefit: 'all-of-quay',
  },
  {
    name: 'quay:lifetime',
    description: 'This article, once and for good.',
    amount: 900,
    metadata: { content_id: 'blog/premium-article' },
  },
  {
    name: 'atlas:pro',
    description: 'The Atlas field guides, once and for good.',
    amount: 2900,
    benefit: 'atlas-guides',
    gives: 'atlas-files',
  },
  {
    name: 'quay:tides',
    description: 'Tides, a program for the terminal: high and low water.',
    amount: 1900,
    benefit: 'tides-key',
  },
];

interface Polar {
  url: string;
  accessToken: string;
}

/** Has Polar send all its events to the gateway, wherever the gateway listens this time. */
export async function registerWebhook(polar: Polar, gatewayUrl: string, secret: string): Promise<void> {
  const endpoints = `${polar.url}/v1/webhooks/endpoints`;
  const url = `${gatewayUrl}/webhooks/polar`;
  const wanted = { url, format: 'raw', secret, events: EVENT_TYPES };
  const all = listField(await callJson('GET', `${endpoints}?limit=100`, polar.accessToken), 'items');
  // The others are a developer's own, and stay.
  const known = all.find((each) => new URL(textField(each, 'url')).pathname === '/webhooks/polar');
  if (!known) await callJson('POST', endpoints, polar.accessToken, wanted);
  else if (known['url'] !== url || known['enabled'] !== true) {
    await callJson('PATCH', `${endpoints}/${textField(known, 'id')}`, polar.accessToken, {
      url,
      enabled: true,
    });
  }
}

/** Creates the two tenants' products at Polar. Those that exist already, by name, stay as they are. */
export async function seedProducts(polar: Polar): Promise<void> {
  const known = new Set((await listProducts(polar)).map((product) => product.name));
  const benefits = new Map<string, string>();
  for (const product of PRODUCTS) {
    if (known.has(product.name)) continue;
    const made = await callJson('POST', `${polar.url}/v1/products/`, polar.accessToken, {
      name: product.name,
      description: product.description,
      recurring_interval: product.every ?? null,
      metadata: product.metadata ?? {},
      prices: [{ amount_type: 'fixed', price_amount: product.amount, price_currency: 'usd' }],
    });
    if (!product.benefit) continue;
    const benefit = benefits.get(product.benefit) ?? (await seedBenefit(polar, product.benefit));
    benefits.set(product.benefit, benefit);
    const files = product.gives ? [await makeFileBenefit(polar, FILES[product.gives])] : [];
    await callJson('POST', `${polar.url}/v1/products/${textField(made, 'id')}/benefits`, polar.accessToken, {
      benefits: [benefit, ...files],
    });
  }
}

async function seedBenefit(polar: Polar, name: keyof typeof BENEFITS): Promise<string> {
  const made = await callJson('POST', `${polar.url}/v1/benefits/`, polar.accessToken, BENEFITS[name]);
  return textField(made, 'id');
}

/** The products that Polar sells, oldest first. */
export async function listProducts(polar: Polar): Promise<{ id: string; name: string }[]> {
  const query = 'is_archived=false&sorting=created_at&limit=100';
  const answer = await callJson('GET', `${polar.url}/v1/products/?${query}`, polar.accessToken);
  return listField(answer, 'items').map((product) => ({
    id: textField(product, 'id'),
    name: textField(product, 'name'),
  }));
}
