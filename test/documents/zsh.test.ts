import { findProgram, installPackage } from '../debian.ts';
import { typeAllDocuments } from './typing.ts';

/* Only in CI: bash says most of it (vitest.config.ts). */

if (findProgram(['zsh']) === undefined && !installPackage('zsh'))
  throw new Error('zsh is missing. Only root can install it by apt-get: install it yourself.');
await typeAllDocuments('zsh');
