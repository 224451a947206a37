import type { Check } from '../check.ts';

export const mailNotConfigured: Check = {
  code: 'mail_not_configured',
  area: 'the-gateway',
  severity: 'warning',
  title: 'Nobody can sign in by mail',
  each: 'gateway',
  look({ services: { env, mailer }, config }) {
    if (mailer !== undefined) return [];
    const lacking =
      config.mailFrom === undefined ? 'FLOE_MAIL_FROM is not set' : 'The Worker has no binding MAIL';
    const target = config.mailFrom === undefined ? 'FLOE_MAIL_FROM' : 'MAIL';
    return [
      {
        target,
        detail: `${lacking}, so codes to sign in with are not sent: POST /v1/sign-in answers 503.`,
        mend:
          env.MAIL === undefined ? 'npx floe upgrade' : 'npx wrangler secret put FLOE_MAIL_FROM --name floe',
      },
    ];
  },
};
