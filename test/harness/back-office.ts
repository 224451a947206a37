/*
 * Another Worker of the operator's, with a queue of its own: both are bound to the gateway for the app `counter-sandbox` (ADR 113).
 * It remembers what it was sent, and answers as it was told to.
 */

/** As miniflare has another Worker. */
export const BACK_OFFICE = {
  name: 'back-office',
  modules: true,
  compatibilityDate: '2026-10-30',
  script: `
    let seen = [];
    let answers = [];
    const headersOf = (headers) => Object.fromEntries(headers);
    export default {
      async fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname === '/seen') return Response.json(seen);
        if (pathname === '/next') {
          [seen, answers] = [[], await request.json()];
          return new Response(null, { status: 204 });
        }
        seen.push({ by: 'fetch', headers: headersOf(request.headers), body: await request.text() });
        const answer = answers.shift() ?? 200;
        if (answer === 'throws') throw new Error('a bug of theirs');
        return new Response('done', { status: answer });
      },
      queue(batch) {
        for (const { body } of batch.messages) seen.push({ by: batch.queue, ...body });
      },
    };`,
  queueConsumers: { 'counter-orders': { maxBatchTimeout: 0 } },
};

/** What the gateway has bound of it. */
export const BOUND = {
  serviceBindings: { FLOE_WORKER__COUNTER_SANDBOX__BACK_OFFICE: BACK_OFFICE.name },
  queueProducers: { FLOE_QUEUE__COUNTER_SANDBOX__ORDERS: { queueName: 'counter-orders' } },
};
