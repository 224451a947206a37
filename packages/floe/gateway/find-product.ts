import type { Api } from '../../kit/api.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Call } from './client.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id of a product that is named by its id, its name (`quay:monthly`) or its plan (`monthly`). @throws {CliError} when the app has none so */
export async function findProduct(call: Call<keyof Api>, named: string): Promise<string> {
  if (UUID.test(named)) return named;
  const { data } = await call('GET /v1/products');
  const found = data.filter(({ name }) => name === named || name.slice(name.indexOf(':') + 1) === named);
  const [product] = found;
  if (product && found.length === 1) return product.id;
  throw new CliError(
    EXIT.notFound,
    product ? `Several products are called ${named}: give an id.` : `The app sells no product ${named}.`,
    { hint: `It sells ${data.map(({ name, id }) => `${name} (${id})`).join(', ') || 'nothing'}.` },
  );
}
