import { act, Activity, createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type Checkout,
  FloeProvider,
  openFloe,
  useAccess,
  useCheckout,
  useFeature,
} from '../../packages/kit/react.ts';
import { APP, GATEWAY, PUBLISHABLE_KEY, RESOURCE } from './fake-gateway.ts';
import { openFakeBrowser } from './fake-page.ts';

/* In a browser they are tested beside the elements: test/browser/kit.test.ts. */

function Article() {
  const { status, token } = useAccess(RESOURCE);
  const { isBusy, error } = useCheckout();
  const feature = useFeature('exports');
  const worth = [feature.status, feature.values ?? null];
  return createElement('p', null, JSON.stringify({ status, token, isBusy, error, worth }));
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
      '{"status":"checking","token":null,"isBusy":false,"error":null,"worth":["checking",null]}',
    );
  });

  test('say what is missing without a provider', () => {
    expect(() => renderToString(createElement(Article))).toThrow('<FloeProvider>');
  });
});

describe('useCheckout', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  /** Something that makes React work, until that is done. */
  const doing = (work: () => unknown) =>
    act(async () => {
      await work();
    });

  /** A component that shows nothing, mounted into as much of a page as React needs for that. */
  async function mount() {
    const heard = new EventTarget();
    const listen = heard.addEventListener.bind(heard);
    const forget = heard.removeEventListener.bind(heard);
    const document = {
      nodeType: 9,
      addEventListener: listen,
      removeEventListener: forget,
      activeElement: null,
    };
    vi.stubGlobal('window', {
      addEventListener: listen,
      removeEventListener: forget,
      event: undefined,
      HTMLIFrameElement: EventTarget,
    });
    vi.stubGlobal('document', document);
    vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
    const container = {
      nodeType: 1,
      tagName: 'DIV',
      namespaceURI: 'http://www.w3.org/1999/xhtml',
      ownerDocument: document,
      addEventListener: listen,
      textContent: '',
    };

    const page = openFakeBrowser().openTab('https://shop.example.com/');
    let arrive = () => {};
    const held = new Promise<void>((resolve) => (arrive = resolve));
    const floe = openFloe({
      gateway: GATEWAY,
      app: APP,
      publishableKey: PUBLISHABLE_KEY,
      page,
      async fetch() {
        await held;
        return Response.json({ url: 'https://polar.example.com/checkout/1', expires_at: null });
      },
    });
    const now: { checkout?: Checkout } = {};
    function Shop() {
      now.checkout = useCheckout();
      return null;
    }
    const root = createRoot(container as never);
    const show = (mode: 'visible' | 'hidden') =>
      doing(() =>
        root.render(
          createElement(
            FloeProvider,
            { floe },
            createElement(Activity, { mode, children: createElement(Shop) }),
          ),
        ),
      );
    await show('visible');
    const unmount = () => doing(() => root.unmount());
    return { went: page.went, arrive, unmount, show, now, buy: () => now.checkout?.buy({ product: 'p' }) };
  }

  test('whoever has left the component by then is not taken to the checkout', async () => {
    const { went, arrive, unmount, buy } = await mount();
    let bought: Promise<boolean> | undefined;
    await doing(() => void (bought = buy()));
    await unmount();
    arrive();
    expect(await bought).toBe(false);
    expect(went).toEqual([]);
  });

  test('whoever has hidden it, and comes back, can buy: it is not busy, and goes nowhere by itself', async () => {
    const { went, arrive, show, now, buy, unmount } = await mount();
    let bought: Promise<boolean> | undefined;
    await doing(() => void (bought = buy()));
    expect(now.checkout?.isBusy).toBe(true);
    await show('hidden');
    await show('visible');
    expect(now.checkout?.isBusy).toBe(false);
    arrive();
    await doing(() => bought);
    expect([await bought, went, now.checkout?.isBusy]).toEqual([false, [], false]);
    await doing(() => void (bought = buy()));
    expect([await bought, went.length]).toEqual([true, 1]);
    await show('hidden');
    await show('visible');
    expect(now.checkout?.isBusy, 'the timer that would have ended it is gone').toBe(false);
    await unmount();
  });

  test('is busy for as long as the page can take to be left, and not for ever', async () => {
    const { went, arrive, now, buy, unmount } = await mount();
    let bought: Promise<boolean> | undefined;
    await doing(() => void (bought = buy()));
    expect(now.checkout?.isBusy).toBe(true);
    vi.useFakeTimers();
    arrive();
    await doing(() => bought);
    expect([went.length, now.checkout?.isBusy]).toEqual([1, true]);
    await doing(() => vi.advanceTimersByTimeAsync(10_000));
    expect(now.checkout?.isBusy).toBe(false);
    await unmount();
  });
});
