/**
 * Whether a request was sent to a server on this machine by one of its own names. A page of the open web can have its own
 * name point at 127.0.0.1 after it was loaded (DNS rebinding) and then read what is meant for the developer alone; its
 * `Host` still tells. `extra`: further names, with or without a port.
 */
export function isOwnHost(host: string | undefined, port: number, extra: readonly string[] = []): boolean {
  if (host === undefined) return false;
  const asked = host.toLowerCase();
  return ['127.0.0.1', 'localhost', '[::1]', ...extra].some((each) => {
    const name = each.toLowerCase();
    return asked === name ? port === 80 || extra.includes(each) : asked === `${name}:${port}`;
  });
}

/** What anybody else is answered. */
export function misdirected(what: string, howToAllow: string): Response {
  return new Response(
    `${what} answers for 127.0.0.1, localhost and [::1] with its port, and for no other name. ${howToAllow}\n`,
    { status: 421, headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' } },
  );
}
