/** Floor: the least that any Worker does. */
export default {
  fetch: () => new Response('{"allow":true}', { headers: { 'content-type': 'application/json' } }),
} satisfies ExportedHandler;
