/* What a site's build is told. Published as it stands, so that an editor shows these words. */

export interface FloeOptions {
  /** The configuration, beneath the site's folder; by default `floe.config.ts`, `.mjs`, `.yaml` or `.yml` there. */
  config?: string;
  /**
   * When a build fails, besides for mistakes in the files (`files`, the default). `lock`: also when a product of the catalogue has no id in the lock file, for it
   * was not pushed. `polar`: when `floe catalog plan` would change something; it needs the token that `plan` needs.
   */
  check?: 'files' | 'lock' | 'polar';
  /** Whose ids, and which Polar. Default `sandbox`. */
  mode?: 'sandbox' | 'live';
}
