import type { Floe } from '../browser.ts';
import { FloeAccount } from './account.ts';
import { FloeBuy } from './buy.ts';
import { FloeDownloads } from './downloads.ts';
import { FloeElement } from './element.ts';
import { FloePaywall } from './paywall.ts';

export { type Floe, openFloe } from '../browser.ts';
export type { FloeOptions } from '../browser-settings.ts';
export { type FeatureSource, featureValue, featureValues, hasFeature } from '../features.ts';
export type { FeatureValue, FeatureValues } from '../claims.ts';

/**
 * Makes `<floe-buy>`, `<floe-paywall>`, `<floe-account>` and `<floe-downloads>` known to the page, all of them for one app. Again changes
 * nothing; on a server it does nothing.
 */
export function defineFloeElements(floe: Floe): void {
  if (typeof customElements === 'undefined' || customElements.get('floe-buy')) return;
  FloeElement.floe = floe;
  customElements.define('floe-buy', FloeBuy);
  customElements.define('floe-paywall', FloePaywall);
  customElements.define('floe-account', FloeAccount);
  customElements.define('floe-downloads', FloeDownloads);
}
