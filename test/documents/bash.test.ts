import { typeDocuments } from './typing.ts';

await typeDocuments('bash');
