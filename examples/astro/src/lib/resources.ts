import type { AstroGlobal } from 'astro';
import { resourceOf } from 'virtual:floe/catalog';
import type { GateReason } from '@floe/kit';
import { contentId } from '@floe/kit/content';
import { MEMBERSHIP } from './offers.ts';

/**
 * What an address asks for; null when anybody may have it. The catalogue knows what is sold: both languages ask for the same content, a chapter for its own
 * (`content:courses/git/trees`), which the course's `courses/git/*` opens. No page sells the notes and their list: they ask for the membership itself.
 */
export function resourceOfPage(request: Request): string | null {
  const sold = resourceOf(request);
  if (sold !== null) return sold;
  const [section] = contentId(new URL(request.url).pathname, { locales: ['de'] })?.split('/') ?? [];
  return section === 'notes' ? MEMBERSHIP : null;
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
