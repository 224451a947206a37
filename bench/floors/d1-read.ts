/** Floor: one D1 query for one row by its index, then the answer. */
export default {
  async fetch(request, { DB }) {
    const customer = new URL(request.url).searchParams.get('customer');
    const row = await DB.prepare('select id from orders where app_id = ?1 and customer_id = ?2')
      .bind('none', customer)
      .first();
    return Response.json({ allow: row !== null });
  },
} satisfies ExportedHandler<{ DB: D1Database }>;
