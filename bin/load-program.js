// Loads the joined files of dist/program, each with the code that V8 had compiled for it when it was built here. Without
// that (another Node, an installed package) Node ≥ 22.1 keeps compiled code by itself from the first run on; Node 20
// compiles anew each time.

const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const nodeModule = require('node:module');
const { join } = require('node:path');
const { Script } = require('node:vm');

/** What `file` exports, a name in `folder` such as `main.js`. */
exports.loadProgram = (folder, file) => {
  if (existsSync(codePath(join(folder, file)))) return new Program(folder).load(file);
  nodeModule.enableCompileCache?.();
  return require(join(folder, file));
};

/** Runs what the first of the files exports with `use`, and keeps the code of all that was compiled until then. */
exports.keepCode = async (folder, files, use) => {
  const program = new Program(folder);
  const [first] = files.map(file => program.load(file));
  await use(first);
  program.keepCode();
};

class Program {
  #folder;
  #scripts = new Map();
  #modules = new Map();
  #require;

  constructor(folder) {
    this.#folder = folder;
    this.#require = nodeModule.createRequire(join(folder, 'package.json'));
  }

  load(file) {
    const known = this.#modules.get(file);
    if (known !== undefined) return known.exports;
    const path = join(this.#folder, file);
    const text = `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'utf8')}\n})`;
    const code = codePath(path);
    const cachedData = existsSync(code) ? readFileSync(code) : undefined;
    const script = new Script(text, { filename: path, cachedData });
    const module = { exports: {} };
    this.#scripts.set(path, script);
    this.#modules.set(file, module);
    const require = id => (id.startsWith('./') ? this.load(id.slice(2)) : this.#require(id));
    script.runInThisContext()(module.exports, require, module, path, this.#folder);
    return module.exports;
  }

  keepCode() {
    for (const [path, script] of this.#scripts) writeFileSync(codePath(path), script.createCachedData());
  }
}

/** V8 refuses code of another version or of other flags; of what is not its own text it would not know. */
function codePath(path) {
  return `${path}.${process.versions.v8}.code`;
}
