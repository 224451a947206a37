import { parseAccept } from 'hono/utils/accept';

/** Whether HTML is named, and preferred to JSON. Who accepts anything is a program. */
export function prefersHtml(accept: string | null | undefined): boolean {
  const accepted = parseAccept(accept ?? '');
  const quality = (...types: string[]) =>
    Math.max(0, ...accepted.flatMap(({ type, q }) => (types.includes(type.toLowerCase()) ? q : [])));
  return quality('text/html') > quality('application/problem+json', 'application/json');
}
