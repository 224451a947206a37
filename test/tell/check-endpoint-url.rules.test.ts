import { describe, expect, test } from 'vitest';
import { checkEndpointUrl } from '../../src/tell/endpoints/endpoint-urls.rules.ts';
import { endpointUrlRules } from '../../src/tell/endpoints/check-endpoint-url.ts';

const config = (development: boolean) => ({ url: 'https://pay.example-site.dev', development });
const isAllowed = (url: string, development: boolean, mode: 'live' | 'sandbox') =>
  checkEndpointUrl(url, endpointUrlRules(config(development), mode)).ok;

describe.each(['http://127.0.0.1:3000/hooks', 'http://localhost/', 'http://shop.example-site.dev/'])(
  '%s',
  (url) => {
    test('is for a sandbox app of a development gateway only', () => {
      expect(isAllowed(url, true, 'sandbox')).toBe(true);
      expect(isAllowed(url, false, 'sandbox')).toBe(false);
      expect(isAllowed(url, false, 'live')).toBe(false);
    });

    test('is not for a live app, not even where development is on', () => {
      expect(isAllowed(url, true, 'live')).toBe(false);
    });
  },
);

test('a live app’s https endpoint is allowed wherever its row is', () => {
  for (const development of [true, false])
    expect(isAllowed('https://shop.example-site.dev/hooks', development, 'live')).toBe(true);
});
