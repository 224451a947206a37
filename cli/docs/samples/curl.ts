import type { SampleRequest } from './request.ts';
import { readVariable } from './variables.ts';

/** A command for sh, bash and zsh. */
export function writeCurl({
  method,
  path,
  body,
  key,
}: Pick<SampleRequest, 'method' | 'path' | 'body' | 'key'>): string {
  const start = method === 'GET' ? 'curl' : `curl -X ${method}`;
  return [
    `${start} "${readVariable('curl', 'FLOE_URL')}${path}"`,
    ...(key === undefined ? [] : [`-H "Authorization: Bearer ${readVariable('curl', key)}"`]),
    ...(body === undefined ? [] : [`-H 'Content-Type: application/json'`, `-d '${writeJson(body)}'`]),
  ].join(' \\\n  ');
}

/** Between single quotes nothing is special but the quote itself. */
function writeJson(body: unknown): string {
  return JSON.stringify(body, null, 2)
    .replaceAll('\n', '\n  ')
    .replaceAll("'", String.raw`'\''`);
}
