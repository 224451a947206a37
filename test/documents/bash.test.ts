import { typeAllDocuments } from './typing.ts';

await typeAllDocuments('bash');
