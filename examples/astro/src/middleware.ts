import type { MiddlewareHandler } from 'astro';
import { sequence } from 'astro:middleware';
import { gateAstro } from '@floe/kit/astro';
import { gate } from './lib/gate.ts';

/** No script but ours, no style in the page, nothing from elsewhere. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The content type of the site's own forms. Others are refused. */
const FORM = /^(application\/x-www-form-urlencoded|multipart\/form-data; *boundary=.)/i;

const secure: MiddlewareHandler = async ({ request }, next) => {
  const isOdd = request.method === 'POST' && !FORM.test(request.headers.get('content-type') ?? '');
  const response = isOdd ? new Response(null, { status: 415 }) : await next();
  // The kit's plain page for a no brings a stricter one, with the style that stands in it.
  if (!response.headers.has('content-security-policy'))
    response.headers.set('content-security-policy', POLICY);
  response.headers.set('x-content-type-options', 'nosniff');
  response.headers.set('referrer-policy', response.headers.get('referrer-policy') ?? 'same-origin');
  return response;
};

// Pages are rendered whatever the answer: they show a preview where it is a no.
export const onRequest = sequence(secure, gateAstro(gate, { enforce: false }));
