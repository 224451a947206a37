/**
 * Floor: takes a webhook, puts it on a queue, and sends what it takes from there. It verifies, signs, stores and retries
 * nothing. Each `?to=` names a receiver.
 */
interface Relayed {
  sends: { url: string; body: string }[];
}

/** What Cloudflare lets one invocation have waiting; the local runtime does not count. */
const CONNECTIONS = 6;

export default {
  async fetch(request, { RELAY }) {
    const body = await request.text();
    const sends = new URL(request.url).searchParams.getAll('to').map((url) => ({ url, body }));
    await RELAY.send({ sends });
    return Response.json({ received: true });
  },
  async queue(batch) {
    const sends = batch.messages.flatMap((message) => message.body.sends).values();
    const send = async () => {
      for (const { url, body } of sends) {
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(url, { method: 'POST', headers, body });
        await response.text();
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, send));
  },
} satisfies ExportedHandler<{ RELAY: Queue<Relayed> }, Relayed>;
