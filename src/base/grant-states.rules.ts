/*
 * How a grant stands, from what Polar's newest snapshot says of it. `grants.state` is the same in SQL, so that lists find it
 * by an index.
 */

/**
 * `pending_action`: the customer still has to connect an account; `failed`: Polar could not grant it; `pending`: Polar is
 * about to.
 */
export const GRANT_STATES = ['granted', 'pending_action', 'failed', 'revoked', 'pending'] as const;
export type GrantState = (typeof GRANT_STATES)[number];

interface Seen {
  isGranted: boolean;
  isRevoked: boolean;
  connection: 'missing' | 'given' | null;
  /** Of Polar's error; null: there is none. */
  errorType: string | null;
}

/** The state of a grant. */
export function stateOf({ isGranted, isRevoked, connection, errorType }: Seen): GrantState {
  if (isRevoked) return 'revoked';
  if (isGranted) return 'granted';
  if (connection === 'missing') return 'pending_action';
  return errorType === null ? 'pending' : 'failed';
}

/** The same of a row of `grants`. */
export const STATE_SQL = `case when is_revoked = 1 then 'revoked' when is_granted = 1 then 'granted'
  when connection = 'missing' then 'pending_action' when error_type is not null then 'failed' else 'pending' end`;

/** What a customer has to do before Polar can grant a benefit. */
export interface GrantAction {
  code: 'connect_discord' | 'connect_github' | 'connect_slack';
  /** For the customer, in English. */
  text: string;
  /** Where it is done: the gateway's own page, which leads on to Polar's portal. */
  url: string;
}

const ACTIONS: Readonly<Record<string, Pick<GrantAction, 'code' | 'text'>>> = {
  discord: {
    code: 'connect_discord',
    text: 'Connect your Discord account, so that you can be added to the server.',
  },
  github_repository: {
    code: 'connect_github',
    text: 'Connect your GitHub account, so that you can be invited to the repository.',
  },
  slack_shared_channel: {
    code: 'connect_slack',
    text: 'Enter the address of an admin of your Slack workspace, who then gets an invitation to the channel.',
  },
};

/**
 * What is still to be done for a grant of a benefit of `type`; null: nothing, or nothing that the customer can do. `portalUrl`:
 * the gateway's way to Polar's portal, for the app.
 */
export function actionOf(state: GrantState, type: string | null, portalUrl: string): GrantAction | null {
  if (state !== 'pending_action' || type === null || !Object.hasOwn(ACTIONS, type)) return null;
  const action = ACTIONS[type];
  return action ? { ...action, url: portalUrl } : null;
}

/** Where a customer of an app gets to Polar's portal, once they have proven their address (ADR 33). */
export function portalUrlOf(gatewayUrl: string, appSlug: string): string {
  return `${gatewayUrl}/portal?app=${encodeURIComponent(appSlug)}`;
}
