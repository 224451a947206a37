import type { ConfigInput } from './config.rules.ts';

/** A catalogue in TypeScript, `floe.config.ts`: `export default defineConfig({ product: 'quay', … })`. An editor completes it. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
