import type { APIRoute } from 'astro';
import { respondSignedOut } from '@floe/kit';
import { gate } from '../../lib/gate.ts';
import { inLocale, readLocale } from '../../lib/locales.ts';

export const POST: APIRoute = ({ request, params }) =>
  respondSignedOut(gate, request, inLocale(readLocale(params.locale) ?? 'en', '/account'));
