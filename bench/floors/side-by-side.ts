/** The queues' consumer instead of the gateway: hands each batch on and is free for the next at once. */
export default {
  async queue({ queue, messages }, { HAND_ON }) {
    await HAND_ON.fetch('http://bench/', {
      method: 'POST',
      body: JSON.stringify({
        queue,
        messages: messages.map(({ id, timestamp, body, attempts }) => ({
          id,
          timestamp: timestamp.getTime(),
          body,
          attempts,
        })),
      }),
    });
  },
} satisfies ExportedHandler<{ HAND_ON: Fetcher }>;
