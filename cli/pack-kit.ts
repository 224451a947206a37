import { makeKit } from './build-packages.ts';
import { packPackage, versionOf } from './pack-package.ts';

/** The name of the packed kit's file, which has the kit's version: `https://pay.example.com/kit/floe-kit-0.1.0.tgz`. */
export const nameOfKit = async (): Promise<string> => `floe-kit-${await versionOf('kit')}.tgz`;

/** The packed kit, as every gateway serves it. */
export const packKit = async (): Promise<Uint8Array> => packPackage('kit', await makeKit());
