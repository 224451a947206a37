import type { PageBase } from './data.ts';
import { markup, type Markup } from './markup.ts';
import type { PagesSettings } from './options.ts';

/** A whole page around `body`. */
export function writePage(
  { lang, text, title, siteName }: PageBase,
  { path, home, stylesheet }: PagesSettings,
  body: Markup,
  script?: string,
): string {
  const own = stylesheet !== undefined && markup`<link rel="stylesheet" href="${stylesheet}">\n`;
  const program = script !== undefined && markup`<script src="${script}" defer></script>\n`;
  const site =
    siteName !== undefined && markup`<p class="floe-site"><a href="${home}"><bdi>${siteName}</bdi></a></p>\n`;
  return markup`<!doctype html>
<html lang="${lang}" dir="${text.dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}${siteName !== undefined && ` · ${siteName}`}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${path}style.css">
${own}${program}</head>
<body>
<main class="floe-page">
${site}<h1><bdi>${title}</bdi></h1>
${body}
</main>
</body>
</html>
`.html;
}

/**
 * What these pages may load and where their forms may lead. A form's answer may redirect to the checkout, which some browsers
 * count as where the form leads; its host is known when it is made.
 */
export function writePolicy({ stylesheet = '' }: PagesSettings, origin: string): string {
  const elsewhere = stylesheet.startsWith('https://') ? ` ${new URL(stylesheet).origin}` : '';
  const schemes = origin.startsWith('http:') ? 'https: http:' : 'https:';
  return [
    "default-src 'none'",
    `style-src 'self'${elsewhere}`,
    "script-src 'self'",
    'img-src data:',
    `form-action 'self' ${schemes}`,
    "base-uri 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
}
