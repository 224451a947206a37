/** Starts a fresh isolate for each request, of the script that the path names first, with the gateway's settings; the rest of the path is asked. */
let started = 0;

interface Sources {
  LOADER: WorkerLoader;
  SETTINGS: Record<string, string>;
  GATEWAY: string;
  BARE: string;
}

export default {
  fetch(request, env) {
    started += 1;
    const [, name, ...path] = new URL(request.url).pathname.split('/');
    const script = name === 'GATEWAY' ? env.GATEWAY : env.BARE;
    const worker = env.LOADER.get(String(started), () => ({
      compatibilityDate: '2026-10-30',
      mainModule: 'worker.js',
      modules: { 'worker.js': script },
      env: env.SETTINGS,
    }));
    return worker.getEntrypoint().fetch(new Request(new URL(`/${path.join('/')}`, request.url), request));
  },
} satisfies ExportedHandler<Sources>;
