/**
 * The name of its row that the encrypted body of a Polar event is bound to. These ids once began with `evt_`, and
 * bodies that were encrypted then are still kept, so the context goes on naming the row that way (ADR 66).
 */
export function polarEventContext(id: string): string {
  return `event:${id.replace(/^pev_/, 'evt_')}`;
}
