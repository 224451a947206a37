/** Floor: one KV read, then the answer. `?key=` names what is read: an entitlement token, as the gateway reads it. */
export default {
  async fetch(request, { KV }) {
    const token = await KV.get(new URL(request.url).searchParams.get('key') ?? '');
    return Response.json({ allow: token !== null, token });
  },
} satisfies ExportedHandler<{ KV: KVNamespace }>;
