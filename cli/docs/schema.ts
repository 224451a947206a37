import { type Document, type Json, record, resolve } from './document.ts';
import { type Html, html, withCode } from './html.ts';

/** Deeper than this only the type is named: some schemas hold themselves. */
const MAX_DEPTH = 6;

interface Field {
  name: string;
  schema: Json;
  isRequired: boolean;
  /** Beside what the schema says itself. */
  description?: string;
}

/** The fields of an object, or of the objects in a list, each with its type and, folded, the fields beneath it. */
export function schemaTree(document: Document, schema: Json, depth = 0): Html {
  const fields = fieldsOf(document, schema);
  if (fields.length > 0) return fieldList(document, fields, depth);
  const { value } = resolve(document, schema);
  return html`<p class="type">${typeOf(document, value)}</p>`;
}

/** A list of fields or parameters. */
export function fieldList(document: Document, fields: readonly Field[], depth = 0): Html {
  return html`<ul class="fields">
    ${fields.map((field) => fieldItem(document, field, depth))}
  </ul>`;
}

function fieldItem(document: Document, field: Field, depth: number): Html {
  const { value, isNullable } = withoutNull(document, field.schema);
  const about = field.description ?? value['description'];
  const beneath = depth < MAX_DEPTH ? fieldsOf(document, value) : [];
  return html`<li>
    <p class="field">
      <code>${field.name}</code>
      <span class="type">${typeOf(document, value)}${isNullable ? ' or null' : ''}</span>
      ${field.isRequired ? '' : html`<span class="optional">optional</span>`}
    </p>
    ${typeof about === 'string' ? html`<p>${withCode(about)}</p>` : ''} ${limits(document, value)}
    ${
      beneath.length === 0
        ? ''
        : html`<details>
            <summary>Fields of <code>${field.name}</code></summary>
            ${fieldList(document, beneath, depth + 1)}
          </details>`
    }
  </li>`;
}

/** The fields of a schema: of an object, of the objects in a list, or of each object that it may be. */
function fieldsOf(document: Document, schema: Json): Field[] {
  const { value } = withoutNull(document, schema);
  if (value['items'] !== undefined) return fieldsOf(document, record(value['items']));
  if (Array.isArray(value['allOf']))
    return value['allOf'].flatMap((each) => fieldsOf(document, record(each)));
  const choices = choicesOf(value);
  if (choices.length > 0) return uniteFields(choices.map((each) => fieldsOf(document, each)));
  const required = Array.isArray(value['required']) ? value['required'] : [];
  return Object.entries(record(value['properties'] ?? {})).map(([name, field]) => ({
    name,
    schema: record(field),
    isRequired: required.includes(name),
  }));
}

/** Fields of several kinds of object: what not every kind has is optional. */
function uniteFields(lists: readonly Field[][]): Field[] {
  const names = [...new Set(lists.flat().map(({ name }) => name))];
  return names.flatMap((name) => {
    const found = lists.flatMap((list) => list.filter((field) => field.name === name));
    const [first] = found;
    if (!first) return [];
    const schemas = [...new Map(found.map(({ schema }) => [JSON.stringify(schema), schema])).values()];
    return [
      {
        name,
        schema: schemas.length === 1 ? first.schema : { anyOf: schemas },
        isRequired: found.length === lists.length && found.every(({ isRequired }) => isRequired),
      },
    ];
  });
}

function choicesOf(schema: Json): Json[] {
  const choices = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(choices) ? choices.map(record) : [];
}

/** A schema and what it refers to; `null` among its types is told apart. */
function withoutNull(document: Document, schema: Json): { value: Json; isNullable: boolean } {
  const { value } = resolve(document, schema);
  const { type } = value;
  if (Array.isArray(type) && type.includes('null')) {
    const rest = type.filter((each) => each !== 'null');
    return { value: { ...value, type: rest.length === 1 ? rest[0] : rest }, isNullable: true };
  }
  const choices = choicesOf(value);
  const others = choices.filter((each) => each['type'] !== 'null');
  if (others.length === choices.length) return { value, isNullable: false };
  const { anyOf: _, oneOf: __, ...beside } = value;
  const [only] = others;
  const rest = others.length === 1 && only ? resolve(document, only).value : { anyOf: others };
  return { value: { ...rest, ...beside }, isNullable: true };
}

/** A type in words: `string`, `list of objects`. */
function typeOf(document: Document, schema: Json): string {
  const { value, isNullable } = withoutNull(document, schema);
  const name = plainType(document, value);
  return isNullable ? `${name} or null` : name;
}

function plainType(document: Document, value: Json): string {
  if (value['const'] !== undefined) return JSON.stringify(value['const']);
  const choices = choicesOf(value);
  if (choices.length > 0) return [...new Set(choices.map((each) => typeOf(document, each)))].join(' or ');
  if (Array.isArray(value['allOf']) || value['properties'] !== undefined) return 'object';
  const { type, format, items } = value;
  if (Array.isArray(type)) return type.join(' or ');
  if (type === 'array')
    return `list of ${items === undefined ? 'anything' : plural(typeOf(document, record(items)))}`;
  if (type === 'object') return ofValues(document, value['additionalProperties']);
  if (typeof type !== 'string') return 'anything';
  return typeof format === 'string' ? `${type} (${format})` : type;
}

/** An object with names of the caller's own. */
function ofValues(document: Document, more: unknown): string {
  if (typeof more !== 'object' || more === null) return 'object';
  return Object.keys(more).length === 0 ? 'object' : `object of ${plural(typeOf(document, record(more)))}`;
}

function plural(type: string): string {
  return /^(string|integer|number|boolean|object)\b/.test(type) ? type.replace(/^\w+/, '$&s') : type;
}

const LIMITS: readonly (readonly [name: string, say: (value: unknown) => string])[] = [
  ['minLength', (value) => `at least ${String(value)} characters`],
  ['maxLength', (value) => `at most ${String(value)} characters`],
  ['minimum', (value) => `at least ${String(value)}`],
  ['maximum', (value) => `at most ${String(value)}`],
  ['exclusiveMinimum', (value) => `more than ${String(value)}`],
  ['exclusiveMaximum', (value) => `less than ${String(value)}`],
  ['minItems', (value) => `at least ${String(value)} entries`],
  ['maxItems', (value) => `at most ${String(value)} entries`],
  ['maxProperties', (value) => `at most ${String(value)} names`],
];
/** What numbers of JavaScript end at says nothing about a field. */
const NO_LIMITS: readonly unknown[] = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];

/** What a value must be: the values it may have, its bounds, its form. */
function limits(document: Document, schema: Json): Html | string {
  const { value } = withoutNull(document, schema);
  const holder =
    value['items'] === undefined ? value : { ...resolve(document, value['items']).value, ...value };
  const values = Array.isArray(holder['enum']) ? holder['enum'] : [];
  const said = LIMITS.filter(([name]) => holder[name] !== undefined && !NO_LIMITS.includes(holder[name])).map(
    ([name, say]) => say(holder[name]),
  );
  const pattern = holder['format'] === undefined ? holder['pattern'] : undefined;
  if (values.length === 0 && said.length === 0 && typeof pattern !== 'string') return '';
  return html`<p class="limits">
    ${values.length === 0 ? '' : html`One of ${values.map((each, index) => html`${index === 0 ? '' : ', '}<code>${JSON.stringify(each)}</code>`)}. `}
    ${said.length === 0 ? '' : `${capital(said.join(', '))}. `}
    ${typeof pattern === 'string' ? html`Form: <code>${pattern}</code>` : ''}
  </p>`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
