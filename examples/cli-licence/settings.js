/*
 * Where the licences come from. In a program that is shipped these are three constants: the publishable key is public. Here the local gateway
 * is another one on every machine.
 */
const {
  FLOE_GATEWAY = 'http://127.0.0.1:8787',
  FLOE_APP = 'quay-sandbox',
  FLOE_PUBLISHABLE_KEY = '',
} = process.env;

export const gateway = FLOE_GATEWAY;
export const app = FLOE_APP;
export const publishableKey = FLOE_PUBLISHABLE_KEY;

/** What a licence must open. */
export const resource = 'plan:quay:tides';
/** After so long the licence is asked for anew, when there is a network. */
export const refreshAfterMs = 24 * 60 * 60_000;
/** A network that answers later is as good as none: the program starts all the same. */
export const patienceMs = 4_000;
/** A command that was typed waits for so long while the gateway is busy. */
export const longestWaitMs = 20_000;
