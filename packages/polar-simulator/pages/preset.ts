/** What the checkout's form begins with, before anybody has typed. */

import { isCountry } from '../http/countries.ts';

const FALLBACK = 'FR';
/** For countries that ask for an address, so that a try needs no typing. It is a test address, as the cards are test cards. */
const TEST_ADDRESSES: Record<string, Record<string, string>> = {
  US: { line1: '185 Berry St', city: 'San Francisco', postal_code: '94107', state: 'CA' },
  CA: { line1: '150 Elgin St', city: 'Ottawa', postal_code: 'K2P 1L4', state: 'ON' },
};

/** The country that the browser's first language is of: `de-AT` is Austria's, `ja` Japan's (RFC 9110 §12.5.4). */
function countryFrom(acceptLanguage: string | undefined): string {
  const tags = (acceptLanguage ?? '').slice(0, 200).split(',');
  for (const tag of tags) {
    const region = regionOf(tag.split(';', 1)[0]?.trim() ?? '');
    if (isCountry(region)) return region;
  }
  return FALLBACK;
}

function regionOf(tag: string): string | undefined {
  try {
    return new Intl.Locale(tag).maximize().region;
  } catch {
    // `*`, or no language tag at all.
    return undefined;
  }
}

/** The values of the form for a browser that asks in this language. */
export function presetFor(acceptLanguage: string | undefined): Record<string, string> {
  const country = countryFrom(acceptLanguage);
  return { country, ...TEST_ADDRESSES[country] };
}
