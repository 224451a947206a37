import { Problem } from './base/problem.ts';
import type { Services } from './base/services.ts';
import { isLoopback } from './http/callback-urls.rules.ts';

/** What a proxy or a tunnel adds. Whoever comes through one is not on this machine, whatever its address looks like. */
const ADDED_ON_THE_WAY = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

/**
 * The keys of the app that `npm start` made, for the samples of `/docs` on the same machine (ADR 83). A deployed gateway has none to
 * give: only the local stack binds `LOCAL_KEYS`. A page of another origin gets nothing, also one whose name was made to lead to this
 * machine: browsers say in `Sec-Fetch-Site` and `Referer` whose page asks, and in `Host` by which name it was found. The address alone
 * does not tell: the local runtime takes it from a header.
 * @throws {Problem} `not_found`, as for any address that does not exist.
 */
export async function offerLocalKeys({ env, config }: Services, headers: Headers): Promise<Response> {
  const { host, hostname } = new URL(config.url);
  const isOwnPage =
    headers.get('host')?.toLowerCase() === host &&
    headers.get('sec-fetch-site') === 'same-origin' &&
    URL.parse(headers.get('referer') ?? '')?.origin === config.url &&
    ADDED_ON_THE_WAY.every((name) => !headers.has(name));
  if (!env.LOCAL_KEYS || !config.development || !isLoopback(hostname) || !isOwnPage)
    throw new Problem('not_found');
  const keys = await env.LOCAL_KEYS.fetch('http://local-keys/');
  return new Response(keys.body, {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'private, no-store',
      'cross-origin-resource-policy': 'same-origin',
    },
  });
}
