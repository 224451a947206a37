import { stockShelf } from './stock.ts';

/* Creates what the site sells in a real Polar organization. What exists already stays as it is. */

const accessToken = process.env['POLAR_ACCESS_TOKEN'];
if (!accessToken)
  throw new Error('POLAR_ACCESS_TOKEN is not set: it may read and write products, benefits and files.');
const url = process.env['POLAR_API_URL'] ?? 'https://sandbox-api.polar.sh';
const added = await stockShelf({ url, accessToken });
console.log(added.length === 0 ? 'Everything is there.' : `New at ${url}: ${added.join(', ')}`);
