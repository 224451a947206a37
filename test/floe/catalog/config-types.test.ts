import { expectTypeOf, test } from 'vitest';
import type * as z from 'zod';
import type { propertiesOf } from '../../../packages/floe/catalog/model/benefits.rules.ts';
import type { configModel } from '../../../packages/floe/catalog/source/config.rules.ts';
import type { BenefitInput } from '../../../packages/floe/catalog/source/config-entries.ts';
import type { ConfigInput } from '../../../packages/floe/catalog/source/define-config.ts';

/* What editors complete is written by hand, for its words; what is read is a schema. The compiler compares them: `npm run types`. */

type Read = z.input<typeof configModel>;
/** Every field, so that one that only one side has is seen. */
type Whole<T> = T extends readonly (infer Each)[]
  ? Whole<Each>[]
  : T extends object
    ? { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> }
    : T;
/** As it is written where nothing is undefined. */
type Written<T> = T extends readonly (infer Each)[]
  ? Written<Each>[]
  : T extends object
    ? { [K in keyof T]: Written<Exclude<T[K], undefined>> }
    : T;

type Both<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
type PlainConfig<T extends object> = Omit<T, 'benefits'>;

test('a configuration is described as it is read', () => {
  expectTypeOf<Both<Whole<PlainConfig<ConfigInput>>, Whole<PlainConfig<Read>>>>().toEqualTypeOf<true>();
  expectTypeOf<Both<PlainConfig<ConfigInput>, Written<PlainConfig<Read>>>>().toEqualTypeOf<true>();
});

/** The schema of a benefit reads what its type says only when the type is known, so the types are compared one by one. */
type Properties = { [Type in keyof typeof propertiesOf]: z.input<(typeof propertiesOf)[Type]> };
type Described = {
  [Type in keyof Properties]: Omit<
    Extract<BenefitInput, { type?: Type }>,
    'key' | 'type' | 'description' | 'content_id' | 'visibility' | 'metadata'
  >;
};

test('so is a benefit of each type', () => {
  expectTypeOf<Both<Whole<Described>, Whole<Properties>>>().toEqualTypeOf<true>();
  expectTypeOf<Both<Described, Written<Properties>>>().toEqualTypeOf<true>();
});
