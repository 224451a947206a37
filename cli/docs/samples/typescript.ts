import { readParams, type SampleRequest } from './request.ts';
import { readVariable } from './variables.ts';

/** A module: by the kit's client where that has the route, else by `fetch`. */
export function writeTypeScript(request: SampleRequest): string {
  return request.isInKit && request.key !== undefined ? writeKit(request, request.key) : writeFetch(request);
}

function writeKit(request: SampleRequest, key: string): string {
  const call = `await floe('${request.method} ${request.route}'${writeInput(request)});`;
  return `import { createClient } from '@floe/kit';

const floe = createClient({
  gateway: ${readVariable('typescript', 'FLOE_URL')},
  key: ${readVariable('typescript', key)},
});

${request.answers ? `const answer = ${call}\nconsole.log(answer);` : call}
`;
}

function writeInput(request: SampleRequest): string {
  const params = readParams(request);
  const query = readQuery(request);
  const input = {
    ...(Object.keys(params).length === 0 ? {} : { params }),
    ...(Object.keys(query).length === 0 ? {} : { query }),
    ...(request.body === undefined ? {} : { body: request.body }),
  };
  return Object.keys(input).length === 0 ? '' : `, ${writeLiteral(input)}`;
}

function readQuery({ path, numbers }: SampleRequest): Record<string, string | number> {
  const [, query = ''] = path.split('?', 2);
  return Object.fromEntries(
    [...new URLSearchParams(query)].map(([name, value]) => [
      name,
      numbers.includes(name) ? Number(value) : value,
    ]),
  );
}

function writeFetch({ method, path, body, key }: SampleRequest): string {
  const headers = [
    ...(key === undefined ? [] : ['authorization: `Bearer ${key}`']),
    ...(body === undefined ? [] : [`'content-type': 'application/json'`]),
  ];
  const init = [
    ...(method === 'GET' ? [] : [`method: '${method}'`]),
    ...(headers.length === 0 ? [] : [`headers: { ${headers.join(', ')} }`]),
    ...(body === undefined ? [] : [`body: JSON.stringify(${writeLiteral(body, 1)})`]),
  ];
  const options = init.length === 0 ? '' : `, {\n${init.map((line) => `  ${line},\n`).join('')}}`;
  return `const gateway = ${readVariable('typescript', 'FLOE_URL')};
${key === undefined ? '' : `const key = ${readVariable('typescript', key)};\n`}
const response = await fetch(\`\${gateway}${path}\`${options});
console.log(response.status, await response.text());

export {};
`;
}

/** JSON as it is written in TypeScript. */
function writeLiteral(value: unknown, depth = 0): string {
  const indent = '  '.repeat(depth);
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
  if (Array.isArray(value)) return `[${value.map((each) => writeLiteral(each, depth + 1)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(
      ([name, each]) => `${indent}  ${writeName(name)}: ${writeLiteral(each, depth + 1)},\n`,
    );
    return fields.length === 0 ? '{}' : `{\n${fields.join('')}${indent}}`;
  }
  return JSON.stringify(value);
}

function writeName(name: string): string {
  return /^[a-z_$][\w$]*$/i.test(name) ? name : `'${name}'`;
}
