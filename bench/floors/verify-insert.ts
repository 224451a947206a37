/**
 * Floor: one Standard Webhooks signature verified (one HMAC-SHA256 with a key that is imported once, where Polar's SDK
 * tries two derivations and imports each time), one D1 insert of the raw body.
 */
let imported: Promise<CryptoKey> | undefined;

export default {
  async fetch(request, { DB, SECRET }) {
    const id = request.headers.get('webhook-id');
    const timestamp = request.headers.get('webhook-timestamp');
    const given = request.headers.get('webhook-signature')?.slice('v1,'.length) ?? '';
    const body = await request.text();
    const encoder = new TextEncoder();
    imported ??= crypto.subtle.importKey(
      'raw',
      encoder.encode(SECRET),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['verify'],
    );
    const signature = Uint8Array.from(atob(given), (char) => char.charCodeAt(0));
    const signed = encoder.encode(`${id}.${timestamp}.${body}`);
    if (!(await crypto.subtle.verify('HMAC', await imported, signature, signed)))
      return new Response(null, { status: 401 });
    await DB.prepare('insert into floor_events (id, received_at, body) values (?1, ?2, ?3)')
      .bind(id, Date.now(), body)
      .run();
    return Response.json({ received: true });
  },
} satisfies ExportedHandler<{ DB: D1Database; SECRET: string }>;
