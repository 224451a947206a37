/** What the page after a button says about it, once: kept in a cookie between the two. */

import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';

export interface Flash {
  kind: 'done' | 'refused';
  text: string;
}

const NAME = 'sim_flash';
const CONTROL = '/_sim';
const LONGEST = 600;

/** `path`: the pages that may say it. */
export function setFlash(context: Context, { kind, text }: Flash, path = CONTROL): void {
  setCookie(context, NAME, `${kind} ${text.slice(0, LONGEST)}`, {
    path,
    httpOnly: true,
    sameSite: 'Strict',
    maxAge: 60,
  });
}

export function takeFlash(context: Context, path = CONTROL): Flash | null {
  const value = getCookie(context, NAME);
  if (value === undefined) return null;
  deleteCookie(context, NAME, { path });
  const [kind, ...words] = value.split(' ');
  return { kind: kind === 'refused' ? 'refused' : 'done', text: words.join(' ') };
}
