import { expect, test } from 'vitest';
import { BUYER, setUp } from './world.ts';

async function team() {
  const setting = await setUp();
  const customer = await setting.polar.customers.create({
    type: 'team',
    email: 'team@floe-mail.dev',
    external_id: 'team-1',
    owner: { email: BUYER, name: 'Ada', external_id: 'ada' },
  });
  await setting.simulator.settle();
  setting.heard();
  return { setting, customer };
}

test('members of a team are created, changed and deleted, and each says so', async () => {
  const { setting, customer } = await team();
  const member = await setting.polar.customers.members.create(customer.id, {
    email: 'bo@floe-mail.dev',
    name: 'Bo',
    external_id: 'bo',
    role: 'billing_manager',
  });
  expect(setting.heard()).toEqual(['member.created']);
  expect(await setting.polar.customers.members.get(customer.id, member.id)).toMatchObject({ name: 'Bo' });
  await setting.polar.customers.members.update(customer.id, member.id, { role: 'member' });
  expect(setting.heard()).toEqual(['member.updated']);
  const list = (await setting.api('GET', `/v1/members/?customer_id=${customer.id}&role=member`)).json;
  expect(list.items).toMatchObject([{ id: member.id, role: 'member' }]);
  await setting.polar.customers.members.delete(customer.id, member.id);
  expect(setting.heard()).toEqual(['member.deleted']);
  expect((await setting.api('GET', `/v1/customers/${customer.id}/members/${member.id}`)).status).toBe(404);
});

test('members are found by external ids on both sides', async () => {
  const { setting } = await team();
  const path = '/v1/customers/external/team-1/members';
  const made = await setting.api('POST', path, { email: 'bo@floe-mail.dev', external_id: 'bo' });
  expect(made.status).toBe(201);
  expect(await setting.api('GET', `${path}/bo`)).toMatchObject({ status: 200, json: { id: made.json.id } });
  expect((await setting.api('PATCH', `${path}/bo`, { name: 'Bo' })).status).toBe(200);
  expect((await setting.api('DELETE', `${path}/bo`)).status).toBe(204);
  expect((await setting.api('GET', `${path}/bo`)).status).toBe(404);
});

test('a team keeps an owner, an individual has exactly one member', async () => {
  const { setting, customer } = await team();
  const owners = await setting.api('GET', '/v1/members/?external_customer_id=team-1&role=owner');
  const [owner] = owners.json.items as { id: string }[];
  const path = `/v1/customers/${customer.id}/members/${owner?.id}`;
  expect((await setting.api('PATCH', path, { role: 'member' })).status).toBe(422);
  expect((await setting.api('DELETE', path)).status).toBe(422);
  expect((await setting.api('GET', `/v1/customers/${customer.id}/members/nonsense`)).status).toBe(422);
  const single = await setting.polar.customers.create({ email: 'solo@floe-mail.dev' });
  expect(
    await setting.api('POST', `/v1/customers/${single.id}/members`, { email: 'x@floe-mail.dev' }),
  ).toMatchObject({ status: 403, json: { error: 'NotPermitted' } });
  await setting.polar.customers.update(single.id, { email: 'other@floe-mail.dev' });
  const own = await setting.api('GET', `/v1/members/?customer_id=${single.id}`);
  expect(own.json.items).toMatchObject([{ email: 'other@floe-mail.dev', role: 'owner' }]);
});
