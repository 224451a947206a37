import * as z from 'zod';
import { ask } from './gateway.ts';
import { readRefusal, type Refused } from './gateway-payments.ts';

/* Files that a reader has bought: Polar keeps them, the gateway says which, and where to fetch one. */

const fileList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      size: z.number(),
      version: z.nullable(z.string()),
    }),
  ),
});
const address = z.object({ url: z.string() });

export type SoldFile = z.output<typeof fileList>['data'][number];

/** The files of a session. Undefined: the gateway or Polar cannot be asked. */
export async function listFiles(gatewayUrl: string, session: string): Promise<SoldFile[] | undefined> {
  try {
    const response = await ask(gatewayUrl, session, { path: '/v1/downloads', query: { limit: '100' } });
    return response.ok ? fileList.parse(await response.json()).data : undefined;
  } catch {
    return undefined;
  }
}

/** Where a file can be fetched for a while, if the session may have it now. @throws when the gateway cannot be reached */
export async function findFile(
  gatewayUrl: string,
  session: string,
  id: string,
): Promise<{ url: string } | (Refused & { status: number })> {
  const response = await ask(gatewayUrl, session, { path: `/v1/downloads/${encodeURIComponent(id)}` });
  if (response.ok) return address.parse(await response.json());
  return { ...(await readRefusal(response)), status: response.status };
}
