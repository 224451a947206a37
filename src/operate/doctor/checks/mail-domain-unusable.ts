import type { Check } from '../check.ts';
import { isSpecialUse } from '../mail-domain.rules.ts';
import { quote } from '../words.rules.ts';

export const mailDomainUnusable: Check = {
  code: 'mail_domain_unusable',
  area: 'the-gateway',
  severity: 'error',
  title: 'Mail comes from a domain that cannot send',
  each: 'gateway',
  look({ config }) {
    const domain = config.mailFrom?.split('@')[1];
    if (domain === undefined || !isSpecialUse(domain)) return [];
    if (config.development)
      return {
        notApplicable: 'On a developer’s machine mail is kept for the demo shop to show, and not sent.',
      };
    return [
      {
        target: 'FLOE_MAIL_FROM',
        detail: `FLOE_MAIL_FROM is of the domain ${quote(domain)}, which is reserved: nobody can send mail from it.`,
        mend: 'npx wrangler secret put FLOE_MAIL_FROM --name floe',
      },
    ];
  },
};
