import * as z from 'zod/mini';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { mode } from '../../http/shapes.ts';
import { FIXABLE } from './checks.ts';
import { diagnose } from './examine.ts';
import { mend } from './mend.ts';

export const getDoctor = defineRoute({
  method: 'get',
  path: '/admin/doctor',
  auth: ['operator'],
});
export const postFix = defineRoute({
  method: 'post',
  path: '/admin/doctor/fix',
  auth: ['operator'],
  body: z.strictObject({
    codes: z.optional(
      z
        .array(z.enum(FIXABLE, `Must be a code that can be mended: ${FIXABLE.join(', ')}.`))
        .check(
          z.minLength(1, 'Needs at least one code, or leave it out for all.'),
          z.maxLength(FIXABLE.length),
        ),
    ),
    mode: z.optional(mode),
  }),
  bodyOptional: true,
});

export function mountDoctor(app: App): void {
  mount(app, getDoctor, async (c) => c.json(await diagnose(c.get('services'))));
  mount(app, postFix, async (c, { caller, body }) =>
    c.json(await mend(c.get('services'), body, doerOf(c, caller))),
  );
}
