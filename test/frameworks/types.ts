/* A program that hands each adapter to its framework, as the framework's own types want it. */

export const ADAPTERS = `
import type { RequestHandler } from 'express';
import type { MiddlewareHandler as AstroMiddleware } from 'astro';
import type { MiddlewareHandler as HonoMiddleware } from 'hono';
import type { NextProxy } from 'next/server';
import type { RequestEvent } from '@sveltejs/kit';
import type { Handle } from '@sveltejs/kit/hooks';
import { createGate, gateFromEnv } from '@floe/kit';
import { gateAstro } from '@floe/kit/astro';
import { gateExpress, signOutExpress } from '@floe/kit/express';
import { gateHono } from '@floe/kit/hono';
import { askNext, gateNext } from '@floe/kit/next';
import { askSvelteKit, gateSvelteKit } from '@floe/kit/sveltekit';
import { headers } from 'next/headers';

const gate = gateFromEnv(process.env, { resource: 'content:blog/premium', pages: { name: 'Quay' } });
gateFromEnv((name) => process.env[name], { resource: () => null });

export const astro: AstroMiddleware = gateAstro(gate);
export const express: RequestHandler[] = [gateExpress(gate, { enforce: false }), signOutExpress(gate)];
export const hono: HonoMiddleware = gateHono(gate);
export const proxy: NextProxy = gateNext(gate);
export const handle: Handle = gateSvelteKit(gate);
export const remote = (event: RequestEvent) => askSvelteKit(gate, event, '/blog/premium');
export const page = async (): Promise<boolean> => (await askNext(gate, await headers(), '/blog/premium')).decision.allow;

// @ts-expect-error The settings are in the environment.
gateFromEnv(process.env, { resource: null, secretKey: '' });
// @ts-expect-error There is no gate without a resource.
createGate({ gateway: 'https://pay.example.com', app: 'quay-live', secretKey: '' });
`;

/** As much of Cloudflare's types as the program of hono.md wants: settings are an interface there, which is no record. */
export const WORKER = `declare module 'cloudflare:workers' {
  interface Env { FLOE_APP: string; FLOE_SECRET_KEY: string }
  export const env: Env;
}
`;

export const TYPES_CONFIG = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    module: 'ESNext',
    moduleResolution: 'Bundler',
    target: 'ES2022',
    lib: ['ESNext', 'DOM', 'DOM.Iterable'],
    types: ['node'],
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['*.ts'],
};
