import type { APIRoute } from 'astro';
import { FloeError } from '@floe/kit';
import { asReader, gate } from '../../../lib/gate.ts';
import { inLocale, readLocale } from '../../../lib/locales.ts';

/** Signs out one of the reader's other browsers, or, when the form names none, all of them. Astro refuses other sites' forms. */
export const POST: APIRoute = async ({ request, params, locals, redirect }) => {
  const account = inLocale(readLocale(params.locale) ?? 'en', '/account');
  const { session } = locals.floe;
  const other = (await request.clone().formData()).get('session');
  if (!session) return redirect(account, 303);
  const reader = asReader(session.token);
  try {
    if (typeof other === 'string') await reader('DELETE /v1/sessions/{id}', { params: { id: other } });
    else await reader('DELETE /v1/sessions');
  } catch (error) {
    // A session that has ended already is fine too.
    if (!(error instanceof FloeError && (error.status === 401 || error.status === 404))) throw error;
  }
  const response = redirect(account, 303);
  if (typeof other === 'string') return response;
  const { setCookies } = await gate.signOut(request);
  for (const cookie of setCookies) response.headers.append('set-cookie', cookie);
  return response;
};
