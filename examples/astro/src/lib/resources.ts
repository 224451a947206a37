import type { AstroGlobal } from 'astro';
import { getEntry } from 'astro:content';
import type { GateReason } from '@floe/kit';
import { contentId, contentResource } from '@floe/kit/content';
import { withoutLocale } from './locales.ts';
import { MEMBERSHIP } from './offers.ts';

/** English has no prefix, so `/en/…` is no page and no content either. */
const PREFIXES = ['de'];

/**
 * What an address asks for; null when anybody may have it. Both languages ask for the same content, a chapter for its own
 * (`content:courses/git/trees`), which the course's `courses/git/*` opens.
 */
export async function resourceOfPath(pathname: string): Promise<string | null> {
  if (withoutLocale(pathname) === '/') return null;
  const id = contentId(pathname, { locales: PREFIXES });
  // It cannot be the name of content, so it is refused, whatever a router makes of it.
  if (id === undefined) return '';
  const [section, ...rest] = id.split('/');
  // Their list, too: it is for everybody, and sells to those who are no members.
  if (section === 'notes') return MEMBERSHIP;
  if (rest.length === 0) return null;
  if (section !== 'blog' && section !== 'courses') return null;
  // The English text says for all languages whether it is free. A text that does not exist is not free.
  const entry = await getEntry(section, `en/${rest.join('/')}`);
  return entry?.data.free === true ? null : contentResource(id);
}

/** A reload loses the reader's place in the page, so it is not done often: a bank transfer takes days. */
const REFRESH_SECONDS = 5;

export interface Reading {
  isOpen: boolean;
  /** Why not. */
  reason: GateReason;
}

/**
 * Whether this reader may have all of the page. The middleware has asked; a page that is not free believes only an answer
 * to its own question. While a payment is being confirmed the page is 503 and asks again by itself.
 */
export function readPage(astro: AstroGlobal, resource: string | null): Reading {
  const { decision, resource: asked } = astro.locals.floe;
  if (resource === null) return { isOpen: true, reason: 'public' };
  const isOpen = decision.allow && asked === resource;
  if (!isOpen && decision.retryAfter !== undefined) {
    astro.response.status = decision.status;
    astro.response.statusText = 'Service Unavailable';
    astro.response.headers.set('retry-after', String(decision.retryAfter));
    // Browsers obey `Refresh`. Nothing is typed on these pages, and most payments take a second.
    const seconds = Math.max(REFRESH_SECONDS, decision.retryAfter);
    astro.response.headers.set('refresh', String(seconds));
  }
  return { isOpen, reason: decision.reason };
}
