/// <reference types="astro/client" />
import type { FloeLocals } from '@floe/kit/astro';

declare global {
  namespace App {
    interface Locals extends FloeLocals {}
  }
}
