/** Where events are forwarded to, as it is typed. */
export type Target = { url: URL; isOnThisMachine: boolean } | { problem: string };

const LOOPBACK = /^(?:localhost|(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Reads `--forward-to`: an address of http or https. */
export function readTarget(text: string): Target {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    return { problem: `${text} is no address of http or https, such as http://localhost:3000/hooks.` };
  if (url.username !== '' || url.password !== '')
    return {
      problem: 'The address has a name or a password. Whoever receives knows events by their signature.',
    };
  return { url, isOnThisMachine: LOOPBACK.test(url.hostname) };
}
