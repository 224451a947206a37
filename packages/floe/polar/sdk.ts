import { createPolarCore, type PolarCore } from '@polar-sh/sdk/2026-10';
import type { Context } from '../context.ts';
import type { Mode } from '../deployments/deployment-file.ts';
import { addressOf, createTransport } from './api.ts';

/** Polar's own client, whose requests are tried again and waited for as all of this program's are. `url`: of a simulator that stands for Polar. */
export function openSdk(context: Context, mode: Mode, accessToken: string, url?: string): PolarCore {
  const core = createPolarCore({ accessToken, baseUrl: addressOf(mode, url) });
  const send = createTransport(context);
  core.sendRequest = ([address, init]) => send(address, init);
  return core;
}
