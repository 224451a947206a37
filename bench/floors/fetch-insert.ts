/** Floor: one outgoing call that opens a checkout at Polar, one D1 insert of what it answered. */
export default {
  async fetch(request, { DB, POLAR_URL, POLAR_TOKEN }) {
    const { product_id: product } = await request.json<{ product_id: string }>();
    const answer = await fetch(`${POLAR_URL}/v1/checkouts/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${POLAR_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ products: [product] }),
    });
    const { id, url } = await answer.json<{ id: string; url: string }>();
    await DB.prepare('insert into floor_events (id, received_at, body) values (?1, ?2, ?3)')
      .bind(id, Date.now(), url)
      .run();
    return Response.json({ id, checkout_url: url }, { status: 201 });
  },
} satisfies ExportedHandler<{ DB: D1Database; POLAR_URL: string; POLAR_TOKEN: string }>;
