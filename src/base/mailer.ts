export interface Mail {
  to: string;
  /** Whose name the recipient sees; the address is the gateway's. */
  fromName: string;
  subject: string;
  text: string;
  html: string;
}

/** Whatever sends mail. @throws when it was not taken. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}

/** Cloudflare's `send_email` binding. Fields are passed, no headers are written: nothing typed can become one. */
export function createMailer(binding: Pick<SendEmail, 'send'>, from: string): Mailer {
  return {
    async send({ to, fromName, subject, text, html }) {
      await binding.send({ from: { name: fromName, email: from }, to, subject, text, html });
    },
  };
}
