import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: './src/base/db/schema.rows.ts',
  out: './migrations',
});
