import { defineConfig } from 'vitest/config';
import { STATE_FOLDER } from './test/build.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    testTimeout: 30_000,
    env: { XDG_STATE_HOME: STATE_FOLDER },
  },
});
