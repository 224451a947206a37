import {
  createContext,
  createElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { type AccessState, CHECKING } from './browser-access.ts';
import type { CheckoutInput } from './browser-checkout.ts';
import type { Floe } from './browser.ts';
import type { FeatureValues } from './claims.ts';
import { featureValues } from './features.ts';

export { type Floe, openFloe } from './browser.ts';
export type { AccessState } from './browser-access.ts';
export type { CheckoutInput } from './browser-checkout.ts';
export type { FloeOptions } from './browser-settings.ts';
export { type FeatureSource, featureValue, featureValues, hasFeature } from './features.ts';
export type { FeatureValue, FeatureValues } from './claims.ts';

const FloeContext = createContext<Floe | undefined>(undefined);

/** Gives `floe`, made once by `openFloe`, to the hooks beneath. */
export function FloeProvider({ floe, children }: { floe: Floe; children?: ReactNode }): ReactNode {
  return createElement(FloeContext.Provider, { value: floe }, children);
}

/** The `Floe` of the provider above. @throws when there is none */
export function useFloe(): Floe {
  const floe = useContext(FloeContext);
  if (!floe) throw new Error('floe: there is no <FloeProvider> above this component.');
  return floe;
}

/**
 * Whether a resource is open, as of now: it follows purchases, sign-ins and sign-outs, in other tabs too. On a server, and
 * while hydrating, it is `checking`. `check` asks anew. Render what is behind it from what your own server gave for
 * `token`: a hook hides, it does not protect.
 */
export function useAccess(resource: string): AccessState & { check: () => Promise<void> } {
  const watch = useFloe().access(resource);
  const state = useSyncExternalStore(watch.subscribe, watch.getState, () => CHECKING);
  const check = useCallback(() => watch.check(true), [watch]);
  return { ...state, check };
}

/**
 * Whether somebody has a feature, as `useAccess` says of any resource, and what it is worth: `featureValue(floe, key, name,
 * fallback)` of one value. `values` is undefined unless it is open.
 */
export function useFeature(
  key: string,
): ReturnType<typeof useAccess> & { values: FeatureValues | undefined } {
  const floe = useFloe();
  const access = useAccess(`feature:${key}`);
  return { ...access, values: access.status === 'open' ? featureValues(floe, key) : undefined };
}

export interface Checkout {
  /**
   * Opens the checkout and goes there. Resolves to false when that failed (`error` says why), when the component is
   * gone or hidden by then, or when `buy` was called again; the page then stays.
   */
  buy: (input: CheckoutInput) => Promise<boolean>;
  isBusy: boolean;
  error: Error | null;
}

/** If the checkout is not reached within this time, the button can be pressed again. */
const LEAVING_MS = 10_000;

const IDLE: Pick<Checkout, 'isBusy' | 'error'> = { isBusy: false, error: null };

/** Buying. `isBusy` stays until the page is left, for ten seconds at most. */
export function useCheckout(): Checkout {
  const floe = useFloe();
  const [{ isBusy, error }, setState] = useState(IDLE);
  /**
   * Counts presses and the times that the component is hidden. A checkout that began before the last of them does not
   * leave the page.
   */
  const turn = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    // Back from the checkout with the back button: the page may come as it was left.
    const wake = (event: PageTransitionEvent) => {
      if (event.persisted) setState(IDLE);
    };
    window.addEventListener('pageshow', wake);
    return () => {
      turn.current++;
      clearTimeout(timer.current);
      // Hidden, not gone (<Activity>): the state is kept, and nobody else would end it.
      setState((state) => (state.isBusy ? IDLE : state));
      window.removeEventListener('pageshow', wake);
    };
  }, []);
  const buy = useCallback(
    async (input: CheckoutInput) => {
      const mine = ++turn.current;
      setState({ isBusy: true, error: null });
      try {
        const url = await floe.startCheckout(input);
        if (mine !== turn.current) return false;
        floe.go(url);
        // Not every address leads away from this page: an answer without content, a download.
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setState(IDLE), LEAVING_MS);
        return true;
      } catch (cause) {
        if (mine !== turn.current) return false;
        const failure = cause instanceof Error ? cause : new Error('The checkout could not be opened.');
        setState({ isBusy: false, error: failure });
        return false;
      }
    },
    [floe],
  );
  return { buy, isBusy, error };
}
