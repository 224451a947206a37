/**
 * What the sealed body of a Polar event is bound to: its row. Up to release 0.1 these ids began with `evt_`, and bodies
 * sealed then are still kept, so the context goes on naming the row that way.
 */
export function polarEventContext(id: string): string {
  return `event:${id.replace(/^pev_/, 'evt_')}`;
}
