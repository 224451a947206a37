/* What the developer of a page is told to do when the gateway does not know the page's address yet. */

/** What of an app is told: its slug is in every link to it. */
export interface Registrant {
  slug: string;
  /** Whether the gateway runs on a developer's machine (`FLOE_DEVELOPMENT`). */
  development: boolean;
}

/** Nothing that a shell reads in its own way, since the text has a command to be copied. */
const SAFE = /^https?:\/\/(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?\/?$/;

/** For an `Origin` that is not among the app's: what was asked from where, and how it is registered. */
export function explainForeignOrigin(origin: string, { slug, development }: Registrant): string {
  if (origin === 'null')
    return 'This page has no origin, since it is a file or in a sandboxed frame. Open it by http.';
  const shown = SAFE.test(origin) ? origin : 'This origin';
  return `${shown} is not registered for ${slug}. ${howToRegister('origin', origin, { slug, development })}`;
}

/**
 * How the page at `value` is registered with an app: elsewhere by an operator, on a developer's machine by `npm start`, whose
 * `--origin` allows both calls from its pages and coming back to them.
 */
export function howToRegister(
  what: 'origin' | 'callback',
  value: string,
  { slug, development }: Registrant,
): string {
  if (!development) {
    const field = what === 'origin' ? 'origins' : 'callback_urls';
    return `An operator adds it to the app’s ${field}: PATCH /admin/apps/${slug}, with those that are there.`;
  }
  if (!SAFE.test(value)) return 'How to register it, in Floe’s folder: npm start -- --help';
  const origin = value.replace(/\/$/, '');
  const word = origin.includes('[') ? `'${origin}'` : origin;
  return `Register it, in Floe’s folder: npm start -- --origin ${word} --app ${slug}`;
}
