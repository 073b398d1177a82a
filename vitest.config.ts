// Three projects. What knows no Node (rings 1 and 2) runs file after file in one process: its files leave nothing behind
// that the next could see, and the start of a process for each was nearly half of their CPU time. What has sockets, files
// and threads has a process for each file. What speaks to other people's programs comes last: it waits for them more than
// it works. `npm run test:own` is the first two.

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { STATE_FOLDER } from './test/build.ts';

const PURE = ['core', 'session', 'tracker', 'create', 'daemon', 'rpc', 'lab/!(field)']
  .map(folder => `src/${folder}/**/*.test.ts`)
  .concat('src/lab/*.test.ts', 'web/**/*.test.ts');
const INTEROP = ['test/interop/**/*.test.ts'];
/** Left out on other Nodes (test/nodes.mjs says so): each takes half a minute or more, and says nothing of the version. */
const ON_ONE_NODE =
  process.env['SWARMLINE_NODE'] === undefined
    ? []
    : ['test/lab-command.test.ts', 'test/fuzz.test.ts', 'test/bench-transfer.test.ts'];
const cores = Math.max(2, availableParallelism());

const shared = {
  testTimeout: 30_000,
  // No test speaks to the network that this machine is in.
  env: {
    XDG_STATE_HOME: STATE_FOLDER,
    SWARMLINE_DHT_ROUTERS: '',
    SWARMLINE_PORT_FORWARD: 'off',
    SWARMLINE_DAEMON_PORT_FORWARD: 'off',
    SWARMLINE_LSD: 'off',
    SWARMLINE_DAEMON_LSD: 'off',
  },
};

export default defineConfig({
  test: {
    globalSetup: ['test/build.ts'],
    // Vitest by itself leaves one core to itself: of two that is half, and it needs little of it.
    maxWorkers: cores,
    projects: [
      { test: { ...shared, name: 'pure', include: PURE, isolate: false } },
      {
        test: {
          ...shared,
          name: 'node',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...PURE, ...INTEROP, ...ON_ONE_NODE],
        },
      },
      {
        test: {
          ...shared,
          name: 'interop',
          include: INTEROP,
          // Other people's programs are ended in them, on a machine that may have much else to do.
          hookTimeout: 90_000,
          maxWorkers: 2 * cores,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
