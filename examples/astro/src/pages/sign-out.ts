import { signOutAstro } from 'floe/kit/astro';
import { gate } from '../lib/gate.ts';

export const POST = signOutAstro(gate, '/account');
