import { ATLAS_GUIDE, type Article, PREMIUM_ARTICLE } from './articles.ts';

/** The two products of this demo. Each has its own app at the gateway: own keys, own customers, own news. */
export const TENANT_NAMES = ['quay', 'atlas'] as const;
export type TenantName = (typeof TENANT_NAMES)[number];

interface TenantKeys {
  secretKey: string;
  publishableKey: string;
  /** Of the app's webhook endpoint, `whsec_…`. */
  webhookSecret: string;
}

/** What is sold where. */
export interface Shelf {
  tenant: TenantName;
  title: string;
  article: Article;
  /** What the shop says of it, a line each. */
  includes: readonly string[];
  /** A sentence of the text, where there is room for it. */
  quote?: string;
  /** Files come with it. */
  hasFiles: boolean;
  /** What access is asked for. */
  resource: string;
  path: string;
  /** Where buyers come back to. */
  welcomePath: string;
}

export const SHELVES: Record<TenantName, Shelf> = {
  quay: {
    tenant: 'quay',
    title: 'Quay',
    article: PREMIUM_ARTICLE,
    includes: ['This article alone, or everything on Quay'],
    hasFiles: false,
    resource: 'content:blog/premium-article',
    path: '/articles/premium',
    welcomePath: '/welcome',
  },
  atlas: {
    tenant: 'atlas',
    title: 'Atlas',
    article: ATLAS_GUIDE,
    includes: [
      'A walk of an hour, best after sunset',
      'Nine kinds of lamp, and where to stand',
      'A list to take along, as a file',
      'Every later guide is included',
    ],
    hasFiles: true,
    quote:
      'Stand where one is exactly above the other: you are now on the only line by which a ship may enter at night.',
    resource: 'content:guides/atlas',
    path: '/atlas',
    welcomePath: '/atlas/welcome',
  },
};

export interface SiteOptions {
  /** 0 picks a free port. */
  port: number;
  hostname: string;
  /** Names that it answers for beside 127.0.0.1, localhost and [::1]. Others are 421. */
  hosts?: readonly string[];
  gatewayUrl: string;
  /** Where the simulated Polar is; without it this is Polar's own sandbox. */
  simulatorUrl?: string | undefined;
  tenants: Record<TenantName, TenantKeys>;
  /** Where received news is kept over restarts; without it, it is gone. */
  eventsFile?: string;
  /** Where mail is kept that the local gateway would have sent, one JSON object a line. */
  mailFile?: string;
}

/** `quay`, `atlas` or neither. */
export function readTenantName(text: string | undefined): TenantName | undefined {
  return TENANT_NAMES.find((name) => name === text);
}

/** The gateway's page that leads to Polar's portal, where readers change cards and subscriptions. */
export function portalAddress(gatewayUrl: string, tenant: TenantName): string {
  return `${gatewayUrl}/sign-in?app=${tenant}-sandbox&to=portal`;
}
