/** Whether a page of this origin sent the request. A browser that does not say where it comes from is refused. */
export function isFromOwnPage({ headers }: Request, url: URL): boolean {
  const site = headers.get('sec-fetch-site');
  // `Sec-Fetch-Site` is checked first, since `Origin` is `null` on a page with `Referrer-Policy: no-referrer`.
  return site === null ? headers.get('origin') === url.origin : site === 'same-origin';
}
