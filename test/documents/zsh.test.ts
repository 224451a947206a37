import { findProgram, installPackage } from '../debian.ts';
import { typeDocuments } from './typing.ts';

/* Only in CI, and only the README: that zsh reads all others as bash does is read-alike.test.ts. */

if (findProgram(['zsh']) === undefined && !installPackage('zsh'))
  throw new Error('zsh is missing. Only root can install it by apt-get: install it yourself.');
await typeDocuments('zsh', ['README.md']);
