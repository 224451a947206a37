import type { APIRoute } from 'astro';

/** Stands where Astro's image endpoint would be. */
export const GET: APIRoute = () => new Response(null, { status: 404 });
