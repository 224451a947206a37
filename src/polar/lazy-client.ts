import type { Config } from '../base/config.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { PolarGateway } from '../base/polar-gateway.ts';
import { Problem } from '../base/problem.ts';

/**
 * `createPolarGateway`, which is loaded with Polar's SDK when it is first called: most requests never ask Polar.
 * @throws {Problem} `mode_not_configured`
 */
export function lazyPolarGateway(
  config: Config,
  mode: Mode,
  onRequest?: () => void | Promise<void>,
  onLacking?: (scope: string) => void,
): PolarGateway {
  if (!config.modes[mode])
    throw new Problem('mode_not_configured', { detail: `The mode ${mode} has no Polar credentials.` });
  let loading: Promise<PolarGateway> | undefined;
  const load = async () =>
    (await import('./client.ts')).createPolarGateway(config, mode, onRequest, onLacking);
  const call = (name: keyof PolarGateway) =>
    async function callWhenLoaded(...given: never[]) {
      loading ??= load();
      const gateway = await loading;
      const method = gateway[name] as (...args: never[]) => Promise<unknown>;
      return method.apply(gateway, given);
    };
  return new Proxy({} as PolarGateway, { get: (_, name) => call(name as keyof PolarGateway) });
}
