#!/usr/bin/env node
const { join } = require('node:path');
const { loadProgram } = require('./load-program.js');

const { main } = loadProgram(join(__dirname, '../dist/program'), 'main.js');
// Its timers do not keep the program alive: what it waits for at its end, and says then, would be left out.
const awake = setInterval(() => {}, 2 ** 30);
main(process.argv.slice(2))
  .then(status => {
    process.exitCode = status;
  })
  .finally(() => clearInterval(awake))
  .then(() =>
    // When what was the last is done with, too.
    setImmediate(() => {
      // Nothing is left to wait for: Node would only take the heap apart before it ends.
      if (process.getActiveResourcesInfo().length === 0) process.exit();
    }),
  );
