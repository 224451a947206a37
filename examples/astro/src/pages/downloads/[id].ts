import type { APIRoute } from 'astro';
import { handleDownload } from '@floe/kit';
import { gate } from '../../lib/gate.ts';

/** A file, for whoever has bought it: the link is looked at each time, and leads to Polar for an hour at most. */
export const GET: APIRoute = async ({ request }) =>
  (await handleDownload(gate, request)) ?? new Response(null, { status: 404 });
