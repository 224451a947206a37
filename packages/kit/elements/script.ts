import { defineFloeElements, openFloe } from './index.ts';

/*
 * `/kit/floe.js`, as the gateway serves it. It is set up by its own tag:
 * <script type="module" src="https://pay.example.com/kit/floe.js" data-app="quay-live" data-key="floe_pk_live_…"></script>
 */
const own = [...document.querySelectorAll<HTMLScriptElement>('script[data-app]')].find(
  ({ src }) => src === import.meta.url,
);
if (own) {
  const { app = '', key = '', maxAge } = own.dataset;
  const gateway = new URL(import.meta.url).origin;
  const options = { gateway, app, publishableKey: key };
  defineFloeElements(openFloe(maxAge === undefined ? options : { ...options, maxAge: Number(maxAge) }));
} else {
  console.error('floe: the script’s own tag has no data-app. Nothing is sold or opened on this page.');
}
