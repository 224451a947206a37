export interface Mail {
  to: string;
  /** The sender's name that the recipient sees; the address is the gateway's. */
  fromName: string;
  subject: string;
  text: string;
  html: string;
}

/** Whatever sends mail. @throws when it was not taken. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}

/**
 * Cloudflare's `send_email` binding. It is given fields and no headers, so nothing that somebody typed can become a
 * header (ADR 34).
 */
export function createMailer(binding: Pick<SendEmail, 'send'>, from: string): Mailer {
  return {
    async send({ to, fromName, subject, text, html }) {
      await binding.send({ from: { name: fromName, email: from }, to, subject, text, html });
    },
  };
}
