import { expect, test } from 'vitest';
import { upload } from './files.ts';
import { buy, sellable, setUp } from './world.ts';

test('all eight kinds of benefit can be made, listed and changed', async () => {
  const setting = await setUp();
  const meter = await setting.api('POST', '/v1/meters/', {
    name: 'Requests',
    filter: { conjunction: 'and', clauses: [{ property: 'name', operator: 'eq', value: 'request' }] },
    aggregation: { func: 'count' },
  });
  const file = await upload(setting);
  const uuid = '11111111-1111-4111-8111-111111111111';
  const properties: Record<string, unknown> = {
    custom: { note: 'Thanks' },
    feature_flag: {},
    discord: { guild_token: 't', role_id: '1', kick_member: true },
    github_repository: { repository_owner: 'o', repository_name: 'r', permission: 'pull' },
    downloadables: { files: [file.id] },
    license_keys: { prefix: 'QUAY', activations: { limit: 1, enable_customer_admin: true } },
    meter_credit: { units: 10, rollover: false, meter_id: meter.json.id },
    slack_shared_channel: { slack_integration_id: uuid, channel_name_template: 'quay-{customer}' },
  };
  const ids: string[] = [];
  for (const [type, value] of Object.entries(properties)) {
    const made = await setting.api('POST', '/v1/benefits/', {
      type,
      description: `A ${type}`,
      properties: value,
    });
    expect(made.status).toBe(201);
    ids.push(made.json.id);
  }
  const list = await setting.polar.benefits.list();
  expect(new Set(list.items.map((each) => each.type)).size).toBe(8);

  const { product } = await sellable(setting);
  await setting.api('POST', `/v1/products/${product.id}/benefits`, { benefits: ids });
  setting.heard();
  await buy(setting, product.id);
  setting.heard();
  const grants = setting.eventsOf('benefit_grant.created');
  const waiting = grants.filter((each) => !each.is_granted).map((each) => each.benefit.type);
  expect(new Set(waiting)).toEqual(new Set(['discord', 'github_repository', 'slack_shared_channel']));
  const discord = grants.find((each) => each.benefit.type === 'discord');
  expect(discord?.error).toMatchObject({ type: 'BenefitActionRequiredError' });
  await setting.api('POST', `/_sim/grants/${discord?.id}/connect`);
  const [connected] = setting.eventsOf('benefit_grant.updated');
  expect(connected).toMatchObject({ is_granted: true, error: null });
  expect(setting.heard()).toEqual(['benefit_grant.updated']);

  await setting.api('POST', `/_sim/grants/${discord?.id}/fail`, { message: 'The role is gone' });
  const failed = setting.eventsOf('benefit_grant.updated').at(-1);
  expect(failed).toMatchObject({ is_granted: false, is_revoked: false });
  expect(failed?.error).toMatchObject({ type: 'BenefitActionRequiredError', message: 'The role is gone' });
});

test('a price list that makes no sense is refused', async () => {
  const setting = await setUp();
  const fixed = { amount_type: 'fixed', price_currency: 'usd', price_amount: 1000 };
  const custom = { amount_type: 'custom', price_currency: 'usd' };
  for (const prices of [
    [],
    [fixed, fixed],
    [fixed, custom],
    [{ ...fixed, price_amount: 49 }],
    [{ ...fixed, price_amount: -1 }],
    [{ ...fixed, price_amount: 10.5 }],
    [{ ...fixed, price_currency: 'eur' }],
    [fixed, { ...custom, price_currency: 'eur' }],
    [
      {
        amount_type: 'metered_unit',
        price_currency: 'usd',
        meter_id: setting.organization.id,
        unit_amount: '0.1',
      },
    ],
  ]) {
    const answer = await setting.api('POST', '/v1/products/', { name: 'Something', prices });
    expect(answer.status, JSON.stringify(prices)).toBe(422);
  }
});

test('prices are replaced as a list: kept by id, added as new, archived when missing', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  const [old] = product.prices;
  const updated = await setting.polar.products.update(product.id, {
    prices: [{ amount_type: 'fixed', price_currency: 'usd', price_amount: 2000 }],
  });
  expect(updated.prices).toMatchObject([{ price_amount: 2000 }]);
  expect(updated.prices[0]?.id).not.toBe(old?.id);
});

test('a changed set of benefits is carried to those who bought, a new order of them is not', async () => {
  const setting = await setUp();
  const { product, benefit } = await sellable(setting);
  const extra = await setting.polar.benefits.create({
    type: 'feature_flag',
    description: 'Extra',
    properties: {},
  });
  await buy(setting, product.id);
  setting.heard();
  await setting.polar.products.updateBenefits(product.id, { benefits: [benefit.id, extra.id] });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['product.updated', 'benefit_grant.created', 'customer.state_changed']);
  await setting.polar.products.updateBenefits(product.id, { benefits: [extra.id, benefit.id] });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['product.updated']);
  await setting.polar.products.updateBenefits(product.id, { benefits: [extra.id] });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['product.updated', 'benefit_grant.revoked', 'customer.state_changed']);
});

test('a deleted benefit says updated and revokes its grants', async () => {
  const setting = await setUp();
  const { product, benefit } = await sellable(setting);
  await buy(setting, product.id);
  setting.heard();
  await setting.polar.benefits.delete(benefit.id);
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['benefit.updated', 'benefit_grant.revoked', 'customer.state_changed']);
  expect(setting.eventsOf('benefit.updated')[0]).toMatchObject({ is_deleted: true });
});

test('an archived product is no longer sold', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  await setting.polar.products.update(product.id, { is_archived: true });
  await expect(setting.polar.checkouts.create({ products: [product.id] })).rejects.toMatchObject({
    statusCode: 422,
    error: { detail: [{ loc: ['body', 'products', 0], msg: 'Product is archived.' }] },
  });
});

test('discounts say created, updated and deleted', async () => {
  const setting = await setUp();
  setting.heard();
  const discount = await setting.polar.discounts.create({
    name: 'Fixed',
    code: 'FIVE',
    type: 'fixed',
    duration: 'repeating',
    duration_in_months: 3,
    amount: 500,
    currency: 'usd',
  });
  await setting.polar.discounts.update(discount.id, { name: 'Five off' });
  await setting.polar.discounts.delete(discount.id);
  expect(setting.heard()).toEqual(['discount.created', 'discount.updated', 'discount.deleted']);
});

test('a licence key is validated, activated once and deactivated', async () => {
  const setting = await setUp();
  const benefit = await setting.polar.benefits.create({
    type: 'license_keys',
    description: 'A key',
    properties: { prefix: 'QUAY', activations: { limit: 1, enable_customer_admin: true } },
  });
  const { product } = await sellable(setting);
  await setting.polar.products.updateBenefits(product.id, { benefits: [benefit.id] });
  await buy(setting, product.id);
  const [row] = (await setting.polar.licenseKeys.list()).items;
  const key = row?.key ?? '';
  expect(key).toMatch(/^QUAY-[0-9A-F-]{36}$/);
  expect(row?.display_key).toBe(`****-${key.slice(-6)}`);
  const organization_id = setting.organization.id;
  const valid = await setting.polar.customerPortal.licenseKeys.validate({ key, organization_id });
  expect(valid).toMatchObject({ validations: 1, activation: null });
  const activation = await setting.polar.customerPortal.licenseKeys.activate({
    key,
    organization_id,
    label: 'laptop',
  });
  await expect(
    setting.polar.customerPortal.licenseKeys.activate({ key, organization_id, label: 'desktop' }),
  ).rejects.toMatchObject({ statusCode: 403 });
  await setting.polar.customerPortal.licenseKeys.deactivate({
    key,
    organization_id,
    activation_id: activation.id,
  });
  setting.heard();
  await setting.polar.licenseKeys.update(row?.id ?? '', { status: 'revoked' });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['benefit_grant.revoked', 'customer.state_changed']);
  const gone = await setting.api('POST', '/v1/customer-portal/license-keys/validate', {
    key,
    organization_id,
  });
  expect(gone).toMatchObject({ status: 404, json: { detail: 'License key is no longer active.' } });
});
