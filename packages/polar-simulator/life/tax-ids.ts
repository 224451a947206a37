/** Tax ids, by the country that the buyer's address is in (facts §3). */

import type { models } from '@polar-sh/sdk/2026-10';
import { invalid, invalidAll } from '../http/errors.ts';
import type { TaxId } from '../state.ts';

/** VAT numbers of the EU, by their prefix. It is Greece's alone that is not the country's code. */
const EU_VAT: Readonly<Record<string, RegExp>> = {
  AT: /^U\d{8}$/,
  BE: /^[01]\d{9}$/,
  BG: /^\d{9,10}$/,
  CY: /^\d{8}[A-Z]$/,
  CZ: /^\d{8,10}$/,
  DE: /^[1-9]\d{8}$/,
  DK: /^\d{8}$/,
  EE: /^\d{9}$/,
  EL: /^\d{9}$/,
  ES: /^(?:[A-Z]\d{7}[A-Z\d]|\d{8}[A-Z])$/,
  FI: /^\d{8}$/,
  FR: /^[A-HJ-NP-Z\d]{2}\d{9}$/,
  HR: /^\d{11}$/,
  HU: /^\d{8}$/,
  IE: /^\d[A-Z\d+*]\d{5}[A-W][A-I]?$/,
  IT: /^\d{11}$/,
  LT: /^(?:\d{9}|\d{12})$/,
  LU: /^\d{8}$/,
  LV: /^\d{11}$/,
  MT: /^\d{8}$/,
  NL: /^\d{9}B\d{2}$/,
  PL: /^\d{10}$/,
  PT: /^\d{9}$/,
  RO: /^\d{2,10}$/,
  SE: /^\d{12}$/,
  SI: /^\d{8}$/,
  SK: /^\d{10}$/,
};

/** The first format that Polar has for each other country. What ids look like there, the simulator does not know. */
const OTHER_FORMATS: readonly string[] = (
  'ad_nrt ae_trn ar_cuit au_abn bh_vat bo_tin br_cnpj ca_gst_hst ch_uid cl_tin cn_tin co_nit cr_tin do_rcn ec_ruc ' +
  'eg_tin ge_vat hk_br id_npwp il_vat in_gst is_vat jp_cn ke_pin kr_brn kz_bin li_uid mk_vat mu_tan mx_rfc my_frp ' +
  'ng_tin no_vat nz_gst om_vat pe_ruc ph_tin rs_pib ru_inn sa_vat sg_gst sv_nit th_vat tr_tin tw_vat ua_vat uy_ruc ' +
  've_rif vn_tin za_vat'
).split(' ');

/** The id as it is kept; undefined when it cannot be one of the country. Check digits are not looked at. */
function parseTaxId(text: string, country: string): TaxId | undefined {
  const id = text.replaceAll(/[\s.,/-]/g, '').toUpperCase();
  if (country === 'GR' || Object.hasOwn(EU_VAT, country)) {
    // Polar takes that of any member for a buyer in another.
    return EU_VAT[id.slice(0, 2)]?.test(id.slice(2)) ? [id, 'eu_vat'] : undefined;
  }
  if (country === 'GB') {
    const number = id.replace(/^GB/, '');
    return /^(?:\d{9}|\d{12}|GD[0-4]\d{2}|HA[5-9]\d{2})$/.test(number) ? [number, 'gb_vat'] : undefined;
  }
  if (country === 'US') return /^\d{9}$/.test(id) ? [id, 'us_ein'] : undefined;
  const format = OTHER_FORMATS.find((each) => each.startsWith(`${country.toLowerCase()}_`));
  return format !== undefined && /^[A-Z\d]{5,20}$/.test(id) ? [text, format] : undefined;
}

/**
 * What a request says of a tax id. `prefix`: of its names for id and address.
 * @throws {PolarProblem} 422 when there is no country to check it by, or it cannot be one of that country
 */
export function readTaxId(
  text: string | null,
  address: models.Address | null,
  prefix: '' | 'customer_' = '',
): TaxId | null {
  if (text === null || text === '') return null;
  if (!address) {
    const loc = ['body', `${prefix}billing_address`];
    throw invalidAll([{ type: 'missing', loc, msg: 'Country is required to validate tax ID.' }]);
  }
  const taxId = parseTaxId(text, address.country);
  if (!taxId) throw invalid(['body', `${prefix}tax_id`], 'Invalid tax ID.', text);
  return taxId;
}
