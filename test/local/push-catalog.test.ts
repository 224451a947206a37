import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { listProducts } from '../../cli/local/ask-polar.ts';
import { callJson, listField } from '../../cli/local/http.ts';
import { pushCatalog } from '../../cli/local/push-catalog.ts';
import { startSimulatorServer, type SimulatorServer } from '../../packages/polar-simulator/server.ts';

/* What the demo shop sells: files, which each start pushes to the simulated Polar. */

const SHOP = path.join(import.meta.dirname, '..', '..', 'examples', 'site');
let server: SimulatorServer;
let polar: { url: string; accessToken: string };
let folder: string;
beforeAll(async () => {
  server = await startSimulatorServer({ port: 0 });
});
beforeEach(async () => {
  const slug = `shop-${crypto.randomUUID()}`;
  const { accessToken } = server.simulator.createOrganization({ slug, environment: 'sandbox' });
  polar = { url: server.url, accessToken };
  folder = await mkdtemp(path.join(tmpdir(), 'floe-shop-'));
  for (const name of ['quay.config.yaml', 'atlas.config.yaml', 'files'])
    await cp(path.join(SHOP, name), path.join(folder, name), { recursive: true });
  return () => rm(folder, { recursive: true, force: true });
});
afterAll(() => server.close());

const push = async () => [
  await pushCatalog(polar, folder, 'quay.config.yaml'),
  await pushCatalog(polar, folder, 'atlas.config.yaml'),
];
const call = (method: string, where: string, body?: object) =>
  callJson(method, `${polar.url}/v1/${where}`, polar.accessToken, body);
const productsAtPolar = async () => listField(await call('GET', 'products/?limit=100'), 'items');

test('a first push makes all of it, another one changes nothing, and no file is written', async () => {
  const before = await readdir(folder);
  expect(await push()).toEqual([
    'Pushed 6 changes to sandbox; 0 stayed as they are.\n',
    'Pushed 4 changes to sandbox; 0 stayed as they are.\n',
  ]);
  expect((await listProducts(polar)).map(({ name }) => name)).toEqual([
    'quay:monthly',
    'quay:yearly',
    'quay:lifetime',
    'quay:tides',
    'atlas:pro',
  ]);
  const first = await productsAtPolar();
  expect(await push()).toEqual([
    '0 to create, 0 to change, 0 to archive, 6 unchanged.\n',
    '0 to create, 0 to change, 0 to archive, 4 unchanged.\n',
  ]);
  expect(await productsAtPolar()).toEqual(first);
  expect(await readdir(folder)).toEqual(before);
});

test('a file that has changed is pushed, and what a developer has made there stays', async () => {
  await push();
  const prices = [{ amount_type: 'fixed', price_amount: 100, price_currency: 'usd' }];
  await call('POST', 'products/', { name: 'Mine', prices });
  const file = path.join(folder, 'quay.config.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace('price: 900', 'price: 950'));
  expect(await push()).toEqual([
    'Pushed 1 change to sandbox; 5 stayed as they are.\n',
    '0 to create, 0 to change, 0 to archive, 4 unchanged.\n',
  ]);
  const sold = new Map((await productsAtPolar()).map((product) => [product['name'], product['prices']]));
  expect(sold.get('quay:lifetime')).toMatchObject([{ price_amount: 950 }]);
  expect(sold.get('Mine')).toMatchObject([{ price_amount: 100 }]);
});

test('a mistake is said with its file and line, and what to do', async () => {
  const file = path.join(folder, 'atlas.config.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace('price: 2900', 'price: cheap'));
  await expect(pushCatalog(polar, folder, 'atlas.config.yaml')).rejects.toThrow(
    /atlas\.config\.yaml could not be pushed to the simulated Polar\.\nerror: atlas\.config\.yaml:6: plans\.pro\.price/,
  );
});

test('a start that was killed while it pushed holds up no other', async () => {
  await call('POST', 'custom-fields/', {
    type: 'text',
    slug: 'floe-push-quay',
    name: 'Floe: a catalogue is being pushed',
    properties: {},
    metadata: { holder: crypto.randomUUID(), machine: 'npm start', process: '1', beat: 0 },
  });
  await push();
  expect(await productsAtPolar()).toHaveLength(5);
  expect(listField(await call('GET', 'custom-fields/?limit=100'), 'items')).toEqual([]);
});
