import { document } from '../http/route-docs.ts';
import {
  deleteKey,
  getApps,
  getKeys,
  getOneApp,
  getOwnership,
  patchApp,
  patchKey,
  postApp,
  postKey,
  putOwnership,
} from './apps.routes.ts';
import { app, appList, key, keyList, newApp, newKey } from './apps.answers.ts';
import { ownership, ownershipList } from '../sell/products.answers.ts';

const tag = 'Apps';

export const appsDocs = document([
  [
    postApp,
    {
      id: 'createApp',
      tag,
      summary: 'Create an app',
      description:
        'One product’s credentials in one mode. Answers with one secret and one publishable key, shown this once. `webhook_url` makes a first endpoint, whose secret is shown this once too. `past_due_grace_days` (0 to 60, by default 0): for so long a subscription that is past due goes on to open what it opened. `ending_notice_days` (0 to 60, by default 3; 0: never): so long before a scheduled end `subscription.ending` is told. `allows_foreign_codes` (by default false): buyers of this app may type codes at Polar although one of another app’s may apply. `dispute_access` (`keep` by default, or `suspend`): whether what was bought goes on to open while its payment is disputed. Once a dispute is decided, won or lost, Polar takes it away in any case.',
      responses: {
        201: {
          description: 'The app and its first keys',
          schema: newApp,
        },
      },
      problems: ['conflict', 'mode_not_configured', 'disallowed_url'],
    },
  ],
  [
    getApps,
    {
      id: 'listApps',
      tag,
      summary: 'List apps',
      description: 'Of both modes, the newest first. Keys are not shown.',
      responses: { 200: { description: 'All apps', schema: appList } },
    },
  ],
  [
    getOneApp,
    {
      id: 'getApp',
      tag,
      summary: 'Read an app',
      description: 'By its slug: `quay-live`.',
      responses: { 200: { description: 'The app', schema: app } },
      problems: ['not_found'],
    },
  ],
  [
    patchApp,
    {
      id: 'updateApp',
      tag,
      summary: 'Change an app',
      description:
        'The fields that are given. A change of `past_due_grace_days` or `dispute_access` counts at once where it is made and within 30 seconds elsewhere; a cached yes stays for its `max_age`, 300 seconds at most.',
      responses: { 200: { description: 'The app', schema: app } },
      problems: ['not_found', 'conflict'],
    },
  ],
  [
    postKey,
    {
      id: 'createKey',
      tag,
      summary: 'Create a key',
      description:
        'Shown this once; the same `Idempotency-Key` shows it again for a day. An app may have several: make the new one, roll it out, revoke the old one. With `scopes` a secret key may do only what needs one of them; each route names the one that it needs. From `expires_at` on it is refused. Its scopes cannot be changed later.',
      responses: { 201: { description: 'The key', schema: newKey } },
      problems: ['not_found'],
    },
  ],
  [
    getKeys,
    {
      id: 'listKeys',
      tag,
      summary: 'List keys',
      description:
        'Each by the end of its text (`hint`), with its scopes, its end, and when it was used last.',
      responses: { 200: { description: 'All keys, revoked ones too', schema: keyList } },
      problems: ['not_found'],
    },
  ],
  [
    patchKey,
    {
      id: 'endKey',
      tag,
      summary: 'Let a key end',
      description:
        'At `expires_at`, so that its users have time to take another one; a time that has passed ends it at once. An end may be set and brought forward, never put off: `409`. Where the key is remembered it counts within 30 seconds.',
      responses: { 200: { description: 'The key', schema: key } },
      problems: ['not_found', 'conflict'],
    },
  ],
  [
    deleteKey,
    {
      id: 'revokeKey',
      tag,
      summary: 'Revoke a key',
      description: 'At once where this request lands; elsewhere within 30 seconds.',
      responses: { 204: { description: 'Revoked' } },
      problems: ['not_found'],
    },
  ],
  [
    getOwnership,
    {
      id: 'listProductOwners',
      tag: 'Products of all apps',
      summary: 'Who owns which product',
      description: 'Unowned products, whose purchases cannot be routed, have `app: null`.',
      responses: { 200: { description: 'All products heard of', schema: ownershipList } },
    },
  ],
  [
    putOwnership,
    {
      id: 'assignProduct',
      tag: 'Products of all apps',
      summary: 'Assign a product to an app',
      description:
        'Beats what the product’s metadata and name say. `app: null` takes the assignment back. Polar events that waited for an owner are applied.',
      responses: { 200: { description: 'The product', schema: ownership } },
      problems: ['not_found', 'mode_not_configured', 'polar_unavailable'],
    },
  ],
]);
