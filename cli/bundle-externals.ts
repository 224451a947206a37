/**
 * What a bundle of the Worker leaves to the runtime. papaparse asks for `stream` where it is given a stream of Node's, which is
 * nowhere here.
 */
export const EXTERNALS: string[] = ['cloudflare:*', 'node:*', 'stream'];
