import type { World } from '../harness/harness.ts';
import type { Polar } from './use-world.ts';
import { isConnection, type BenefitType } from './benefit-lives.ts';

/* How each type of benefit is made, changed and connected at Polar, by its SDK. */

export const FLAG = 'exports';

/** Makes a benefit that opens `content`. */
export async function makeBenefit(
  { polar, world }: { polar: Polar; world: World },
  type: BenefitType,
  content: string,
): Promise<string> {
  const base = {
    description: `The ${type.replaceAll('_', ' ')}`.slice(0, 42),
    metadata: { content_id: content },
  };
  switch (type) {
    case 'custom':
      return (await polar.benefits.create({ ...base, type, properties: { note: 'Thank you.' } })).id;
    case 'feature_flag': {
      const metadata = { ...base.metadata, feature_key: FLAG, limit: 5 };
      return (await polar.benefits.create({ ...base, type, metadata, properties: {} })).id;
    }
    case 'license_keys': {
      const properties = { prefix: 'QUAY', limit_usage: 10 };
      return (await polar.benefits.create({ ...base, type, properties })).id;
    }
    case 'downloadables': {
      const properties = { files: [await upload(polar, 'one.txt')], archived: {} };
      return (await polar.benefits.create({ ...base, type, properties })).id;
    }
    case 'meter_credit': {
      const meter = await polar.meters.create({
        name: 'Requests',
        filter: { conjunction: 'and', clauses: [] },
        aggregation: { func: 'count' },
      });
      const properties = { units: 100, rollover: false, meter_id: meter.id };
      return (await polar.benefits.create({ ...base, type, properties })).id;
    }
    case 'discord': {
      // What Polar's API asks for; the SDK's type has another field.
      const properties = { guild_token: 'guild', role_id: '1000', kick_member: false };
      const body = { ...base, type, properties };
      return (await world.polar<{ id: string }>('sandbox', 'POST', '/v1/benefits/', body)).id;
    }
    case 'github_repository': {
      const properties = { repository_owner: 'quay', repository_name: 'source', permission: 'pull' } as const;
      return (await polar.benefits.create({ ...base, type, properties })).id;
    }
    case 'slack_shared_channel': {
      const properties = {
        slack_integration_id: crypto.randomUUID(),
        channel_name_template: 'quay-help',
        private: true,
        archive_on_revoke: true,
        team_invitees: [],
      };
      return (await polar.benefits.create({ ...base, type, properties })).id;
    }
  }
}

/** Changes what of it can be changed, the sort of change that matters most to its holders. */
export async function changeBenefit(
  polar: Polar,
  type: BenefitType,
  id: string,
  content: string,
): Promise<void> {
  switch (type) {
    case 'feature_flag': {
      const metadata = { content_id: content, feature_key: FLAG, limit: 6 };
      await polar.benefits.update(id, { type, metadata });
      return;
    }
    case 'license_keys':
      await polar.benefits.update(id, { type, properties: { prefix: 'QUAY', limit_usage: 20 } });
      return;
    case 'downloadables': {
      const { properties } = await polar.benefits.get(id);
      const files = 'files' in properties ? properties.files : [];
      await polar.benefits.update(id, {
        type,
        properties: { files: [...files, await upload(polar, 'two.txt')], archived: {} },
      });
      return;
    }
    case 'custom':
    case 'discord':
    case 'github_repository':
    case 'meter_credit':
    case 'slack_shared_channel':
      await polar.benefits.update(id, { type, description: 'Said anew' });
  }
}

/** Connects what a grant of the customer (or one of its members) waits for, as its holder does in Polar's portal. */
export async function connect(
  { polar, portalOf }: { polar: Polar; portalOf: (token: string) => Polar['customerPortal'] },
  type: BenefitType,
  holder: { customerId: string; memberId?: string },
): Promise<void> {
  if (!isConnection(type)) return;
  const session = await polar.customerSessions.create({
    customer_id: holder.customerId,
    ...(holder.memberId === undefined ? {} : { member_id: holder.memberId }),
  });
  const portal = portalOf(session.token);
  const { items } = await portal.benefitGrants.list();
  for (const { id, is_granted: isGranted } of items) {
    if (isGranted) continue;
    if (type === 'slack_shared_channel')
      await portal.benefitGrants.update(id, {
        benefit_type: type,
        properties: { invited_email: 'ada@readers.dev' },
      });
    else if (type === 'discord')
      await portal.benefitGrants.update(id, { benefit_type: type, properties: { account_id: 'ada' } });
    else if (type === 'github_repository')
      await portal.benefitGrants.update(id, { benefit_type: type, properties: { account_id: 'ada' } });
  }
}

async function upload(polar: Polar, name: string): Promise<string> {
  const content = new TextEncoder().encode(`What is in ${name}.`);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  const checksum = btoa(String.fromCharCode(...digest));
  const file = await polar.files.create({
    name,
    mime_type: 'text/plain',
    size: content.length,
    service: 'downloadable',
    upload: {
      parts: [{ number: 1, chunk_start: 0, chunk_end: content.length, checksum_sha256_base64: checksum }],
    },
  });
  const [part] = file.upload.parts;
  if (!part) throw new Error('Polar asks for no part of the file.');
  const put = await fetch(part.url, { method: 'PUT', headers: part.headers ?? {}, body: content });
  await polar.files.uploaded(file.id, {
    id: file.upload.id,
    path: file.upload.path,
    parts: [{ number: 1, checksum_etag: put.headers.get('etag') ?? '', checksum_sha256_base64: checksum }],
  });
  return file.id;
}
