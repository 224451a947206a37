import type { SampleRequest } from './request.ts';
import { readVariable } from './variables.ts';

/** A program for Python 3.8 and newer, with the standard library alone. */
export function writePython({ method, path, body, key }: SampleRequest): string {
  const headers = [
    ...(key === undefined ? [] : [`"Authorization": "Bearer " + ${readVariable('python', key)}`]),
    ...(body === undefined ? [] : ['"Content-Type": "application/json"']),
  ];
  const parts = [
    `${readVariable('python', 'FLOE_URL')} + ${JSON.stringify(path)}`,
    ...(method === 'GET' ? [] : [`method="${method}"`]),
    ...(headers.length === 0
      ? []
      : [`headers={\n${headers.map((line) => `        ${line},\n`).join('')}    }`]),
    ...(body === undefined ? [] : [`data=json.dumps(${writeLiteral(body, 1)}).encode()`]),
  ];
  return `${body === undefined ? '' : 'import json\n'}import os
from urllib.request import Request, urlopen

request = Request(
${parts.map((part) => `    ${part},\n`).join('')})
with urlopen(request) as response:
    print(response.status, response.read().decode())
`;
}

/** JSON as it is written in Python. */
function writeLiteral(value: unknown, depth: number): string {
  const indent = '    '.repeat(depth);
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map((each) => writeLiteral(each, depth + 1)).join(', ')}]`;
  if (typeof value === 'object') {
    const fields = Object.entries(value).map(
      ([name, each]) => `${indent}    ${JSON.stringify(name)}: ${writeLiteral(each, depth + 1)},\n`,
    );
    return fields.length === 0 ? '{}' : `{\n${fields.join('')}${indent}}`;
  }
  return JSON.stringify(value);
}
