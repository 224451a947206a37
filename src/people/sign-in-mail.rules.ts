import { SIGN_IN_MINUTES } from './sign-in.rules.ts';

export interface SignInMail {
  subject: string;
  text: string;
  html: string;
}

const MAX_NAME = 80;
// oxlint-disable-next-line no-control-regex -- what would end a header and begin another
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** An app's name for a header: short, on one line. */
export function nameInMail(name: string): string {
  return name.replaceAll(UNPRINTABLE, ' ').trim().slice(0, MAX_NAME);
}

/**
 * The mail with a code. The code is not in the subject, which is shown on locked screens. `where`: the only place to
 * type the code, when that is not the app's own site.
 */
export function composeSignInMail(mail: {
  appName: string;
  code: string;
  /** Opens the app's site with the proof in the fragment. */
  link: string | null;
  where: string | null;
}): SignInMail {
  const name = nameInMail(mail.appName);
  const digits = `${mail.code.slice(0, 3)} ${mail.code.slice(3)}`;
  const place = mail.where === null ? '' : ` Type it at ${mail.where} and nowhere else.`;
  const lines = [
    `Your code for ${name} is ${digits}.${place}`,
    `It works once, for ${SIGN_IN_MINUTES} minutes, in the browser where you asked for it. Give it to nobody.`,
  ];
  const open = 'Or open this link in that same browser:';
  const ignore = 'If you did not ask for it, somebody typed your address. You need not do anything.';
  const paragraphs = [
    `Your code for ${escapeHtml(name)}:`,
    `<strong style="font-size:1.6em;letter-spacing:.1em">${digits}</strong>`,
    ...(mail.where === null ? [] : [escapeHtml(place.trim())]),
    ...lines.slice(1).map(escapeHtml),
    ...(mail.link === null ? [] : [`<a href="${escapeHtml(mail.link)}">Sign in to ${escapeHtml(name)}</a>`]),
    ignore,
  ];
  return {
    subject: `Sign in to ${name}`,
    text: [...lines, ...(mail.link === null ? [] : [`${open}\n${mail.link}`]), ignore].join('\n\n') + '\n',
    html: `<!doctype html><html lang="en"><body style="font:16px/1.5 system-ui,sans-serif">${paragraphs
      .map((each) => `<p>${each}</p>`)
      .join('')}</body></html>`,
  };
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
