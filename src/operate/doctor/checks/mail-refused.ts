import type { Check } from '../check.ts';

export const mailRefused: Check = {
  code: 'mail_refused',
  area: 'the-gateway',
  severity: 'error',
  title: 'Mail is not taken',
  each: 'gateway',
  async look(evidence) {
    const why = await evidence.healthProblem('mail');
    return why === undefined
      ? []
      : [{ detail: why, mend: 'Onboard the domain of FLOE_MAIL_FROM under Email Sending at Cloudflare.' }];
  },
};
