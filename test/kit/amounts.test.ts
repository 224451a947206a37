import { expect, test } from 'vitest';
import { showPrice } from '../../examples/astro/src/lib/price.ts';
import { formatAmount, minorUnitsIn } from '../../packages/kit/amounts.ts';
import { money, parseMoney } from '../../packages/polar-simulator/pages/money.ts';
import { renderBody } from '../../packages/polar-simulator/webhooks/formats.ts';

/** Every currency that Polar sells in (the `PresentmentCurrency` of its OpenAPI document, 2026-10). */
const CURRENCIES =
  'aed all amd aoa ars aud awg azn bam bbd bdt bif bmd bnd bob brl bsd bwp bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jpy kes kgs khr kmf krw kyd kzt lak lkr lrd lsl mad mdl mga mkd mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln pyg qar ron rsd rwf sar sbd scr sek sgd shp sos srd szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw'.split(
    ' ',
  );
/** Those that Polar counts in whole units (its `kit/currency` and its dashboard's `currency` package, August 2026). */
const WHOLE = 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' ');

/** The number at the end of a price as English writes it. */
const numberIn = (shown: string): number => Number(/\d[\d,]*(\.\d+)?$/.exec(shown)?.[0].replaceAll(',', ''));

test.each(CURRENCIES)('an amount in %s is shown everywhere as Polar counts it', (currency) => {
  const units = WHOLE.includes(currency) ? 1 : 100;
  expect(minorUnitsIn(currency)).toBe(units);
  expect(minorUnitsIn(currency.toUpperCase())).toBe(units);
  for (const amount of [0, 1, 50, 1250, 90_000, 90_050, 250_000, 99_999_999]) {
    const right = amount / units;
    const message = renderBody('discord', { type: 'order.paid', timestamp: '', data: { amount, currency } });
    expect({
      kit: numberIn(formatAmount(amount, currency, 'en')),
      astro: numberIn(showPrice({ amount, currency }, 'en')),
      simulator: numberIn(money(amount, currency)),
      chat: message.includes(`${right.toFixed(units === 1 ? 0 : 2)} ${currency.toUpperCase()}`),
    }).toEqual({ kit: right, astro: right, simulator: right, chat: true });
  }
  expect(parseMoney('12', currency)).toBe(12 * units);
  expect(parseMoney('12.5', currency)).toBe(units === 1 ? null : 1250);
});

test('decimals are those that are usual for the currency, and never lost', () => {
  expect(formatAmount(1200, 'usd', 'en')).toBe('$12.00');
  expect(formatAmount(90_000, 'isk', 'en')).toBe('ISK\u00A0900');
  expect(formatAmount(90_050, 'isk', 'en')).toBe('ISK\u00A0900.50');
  expect(formatAmount(-450, 'eur', 'de')).toBe('-4,50\u00A0€');
  expect(formatAmount(400, 'usd', 'en', { trailingZeroDisplay: 'stripIfInteger' })).toBe('$4');
  expect(() => formatAmount(1, 'dollars', 'en')).toThrow(RangeError);
});
