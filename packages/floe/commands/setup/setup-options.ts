import type { Mode } from '../../deployments/deployment-file.ts';

/** As they are typed. */
export interface SetupOptions {
  mode?: Mode | 'both' | undefined;
  url?: string | undefined;
  account?: string | undefined;
  /** The product of the first app; false with `--no-app`. */
  app?: string | false | undefined;
  appName?: string | undefined;
  origin?: string[] | undefined;
  callback?: string[] | undefined;
  secrets?: string | undefined;
  stdin?: true | undefined;
  release?: string | undefined;
  dryRun?: true | undefined;
}
