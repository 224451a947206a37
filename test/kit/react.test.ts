import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import { FloeProvider, openFloe, useAccess, useCheckout } from '../../kit/react.ts';
import { APP, GATEWAY, PUBLISHABLE_KEY, RESOURCE } from './fake-gateway.ts';

/* In a browser they are tested beside the elements: test/browser/kit.test.ts. */

function Article() {
  const { status, token } = useAccess(RESOURCE);
  const { isBusy, error } = useCheckout();
  return createElement('p', null, JSON.stringify({ status, token, isBusy, error }));
}

describe('the hooks, rendered on a server', () => {
  test('know nothing yet, open nothing, ask nothing', () => {
    const floe = openFloe({
      gateway: GATEWAY,
      app: APP,
      publishableKey: PUBLISHABLE_KEY,
      fetch: () => {
        throw new Error('a request from a server');
      },
    });
    const html = renderToString(createElement(FloeProvider, { floe }, createElement(Article)));
    expect(html.replaceAll('&quot;', '"')).toContain(
      '{"status":"checking","token":null,"isBusy":false,"error":null}',
    );
  });

  test('say what is missing without a provider', () => {
    expect(() => renderToString(createElement(Article))).toThrow('<FloeProvider>');
  });
});
