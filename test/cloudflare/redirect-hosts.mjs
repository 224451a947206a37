/*
 * Preloaded into the program under test (`NODE_OPTIONS=--import …`): all that it fetches from other machines goes to the stand-in on this one,
 * with the name it was meant for in a header. The program itself does not know.
 */
const standIn = new URL(process.env['FLOE_TEST_STAND_IN']);
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);
const realFetch = globalThis.fetch;

globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  const url = new URL(request.url);
  if (LOOPBACK.has(url.hostname)) return realFetch(request);
  const redirected = new Request(new URL(url.pathname + url.search, standIn), request);
  redirected.headers.set('x-stand-in-host', url.host);
  return realFetch(redirected);
};
