import type { Field } from '../terminal/output.ts';

/** The lines that say something: an object has many fields, and most of them are null. */
export const saying = (fields: readonly Field[]): Field[] =>
  fields.filter(([, value]) => value !== null && value !== undefined && value !== '' && !isEmptyList(value));

const isEmptyList = (value: Field[1]) => Array.isArray(value) && value.length === 0;
