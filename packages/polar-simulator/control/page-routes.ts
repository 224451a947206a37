/** The control pages and the buttons on them: every button posts, and leads back to the page with what it did. */

import { type Context, Hono } from 'hono';
import { html } from 'hono/html';
import { PolarProblem } from '../http/errors.ts';
import type { SimulatorEnv } from '../http/app.ts';
import type { FormErrors } from '../pages/fields.ts';
import type { Html } from '../pages/layout.ts';
import type { Runner } from '../runner.ts';
import type { World } from '../world.ts';
import type { ApiCall } from './api.ts';
import { type FaultState, faultPage } from './fault-page.ts';
import { readFaultForm } from './fault-form.ts';
import { setFlash, takeFlash } from './flash.ts';
import { type Outcome, Refusal, formActions } from './form-actions.ts';
import { frame } from './frame.ts';
import { readForm } from './input.ts';
import { makeProduct } from './make-product.ts';
import { organizationPage } from './organization-page.ts';
import { overview } from './overview-page.ts';
import { readProductForm } from './product-form.ts';

export function controlPages(world: World, runner: Runner, call: ApiCall): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();
  const doing = formActions(world, runner, call);

  const show = (context: Context, title: string, body: Html, status: 200 | 404 | 422 = 200) =>
    context.html(frame(world, { title, path: context.req.path, flash: takeFlash(context) }, body), status);

  const faults = (context: Context, state: FaultState, status: 200 | 422 = 200) =>
    show(context, 'Faults', faultPage(world, state), status);

  routes.get('/', (context) => show(context, 'Control page', overview(world, context.req.query('page'))));

  routes.get('/o/:slug/:tab', (context) => {
    const { slug, tab } = context.req.param();
    const organization = world.tables.organizations.by('slug', slug)[0];
    const body = organization && organizationPage(world, organization, tab, context.req.query('page'));
    if (!organization || !body)
      return show(context, 'Nothing here', html`<p>There is no such page.</p>`, 404);
    return show(context, organization.name, body);
  });

  routes.post('/o/:slug/products', async (context) => {
    const organization = world.tables.organizations.by('slug', context.req.param('slug'))[0];
    if (!organization) return show(context, 'Nothing here', html`<p>There is no such page.</p>`, 404);
    const values = await readForm(context);
    const again = (errors: FormErrors) => {
      const body = organizationPage(world, organization, 'products', undefined, { errors, values });
      return show(context, organization.name, body ?? html``, 422);
    };
    const wanted = readProductForm(values, organization.default_presentment_currency);
    if ('errors' in wanted) return again(wanted.errors);
    try {
      await makeProduct(world, call, organization.id, wanted);
    } catch (error) {
      return again({ form: wordsOf(error) });
    }
    setFlash(context, { kind: 'done', text: `${values['name']} can be bought now.` });
    return context.redirect(context.req.path, 303);
  });

  routes.get('/trouble', (context) => faults(context, { errors: {} }));

  routes.post('/trouble', async (context) => {
    const values = await readForm(context);
    const read = readFaultForm(values);
    if ('errors' in read) return faults(context, { errors: read.errors, values }, 422);
    world.faults.set(read.change);
    setFlash(context, { kind: 'done', text: 'Faults are on.' });
    return context.redirect('/_sim/trouble', 303);
  });

  routes.post('/do/:what', async (context) => {
    const fields = await readForm(context);
    const action = doing[context.req.param('what')];
    let outcome: Outcome;
    try {
      if (!action) throw new Refusal('There is no such button.');
      outcome = await action(fields);
    } catch (error) {
      setFlash(context, { kind: 'refused', text: wordsOf(error) });
      return context.redirect(backFrom(fields), 303);
    }
    if (typeof outcome !== 'string') return context.redirect(outcome.goTo, 303);
    setFlash(context, { kind: 'done', text: outcome });
    return context.redirect(backFrom(fields), 303);
  });

  return routes;
}

/** Never away from the control pages, whatever a form says. */
function backFrom({ back = '' }: Record<string, string>): string {
  return /^\/_sim(\/[\w./-]*)?$/.test(back) ? back : '/_sim';
}

/** A refusal in words; anything else is a bug and thrown on. */
function wordsOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (!(error instanceof PolarProblem)) throw error;
  const { body } = error;
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? body.detail : null;
  if (typeof detail === 'string') return detail;
  return Array.isArray(detail) ? detail.map((issue: { msg: string }) => issue.msg).join(' ') : error.message;
}
