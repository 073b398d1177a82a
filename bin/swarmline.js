#!/usr/bin/env node
const { join } = require('node:path');
const { loadProgram } = require('./load-program.js');

const { main } = loadProgram(join(__dirname, '../dist/program'), 'main.js');
main(process.argv.slice(2)).then(status => {
  process.exitCode = status;
});
