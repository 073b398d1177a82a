// The names of the torrents of a running daemon, for the completion of a shell: those that answer quickly, or none.

import { connect } from '../ctl/connect.ts';

/** Never fails: nobody wants to read of it at a Tab. */
export async function torrentNames(beginning: string): Promise<string[]> {
  try {
    const client = await connect({});
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const { rows } = await client.ask(
      'torrents.list',
      { text: beginning, sort: 'name', limit: MOST },
      signal,
    );
    // What could turn the screen upside down is not offered.
    return rows.map(({ name }) => name).filter(name => /^[^\p{C}]+$/u.test(name));
  } catch {
    return [];
  }
}

const PATIENCE_MS = 500;
const MOST = 200;
