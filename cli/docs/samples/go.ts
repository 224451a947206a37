import type { SampleRequest } from './request.ts';
import { readVariable } from './variables.ts';

/** A program for Go 1.21 and newer, with the standard library alone, as gofmt writes it. */
export function writeGo({ method, path, body, key }: SampleRequest): string {
  const imports = ['fmt', 'io', 'log', 'net/http', 'os', ...(body === undefined ? [] : ['strings'])];
  const address = `${readVariable('go', 'FLOE_URL')}+${JSON.stringify(path)}`;
  const headers = [
    ...(key === undefined ? [] : [`"Authorization", "Bearer "+${readVariable('go', key)}`]),
    ...(body === undefined ? [] : ['"Content-Type", "application/json"']),
  ];
  return `package main

import (
${imports.map((name) => `\t"${name}"\n`).join('')})

func main() {
${body === undefined ? '' : `\tbody := strings.NewReader(${writeText(JSON.stringify(body, null, 2))})\n`}\trequest, err := http.NewRequest("${method}", ${address}, ${body === undefined ? 'nil' : 'body'})
\tif err != nil {
\t\tlog.Fatal(err)
\t}
${headers.map((header) => `\trequest.Header.Set(${header})\n`).join('')}\tresponse, err := http.DefaultClient.Do(request)
\tif err != nil {
\t\tlog.Fatal(err)
\t}
\tdefer response.Body.Close()
\tfmt.Println(response.Status)
\tio.Copy(os.Stdout, response.Body)
}
`;
}

/** Between backticks nothing is special but the backtick itself. */
function writeText(text: string): string {
  return text.includes('`') ? JSON.stringify(text) : `\`${text}\``;
}
