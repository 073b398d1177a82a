// `--help` of a benchmark, which imports this file first: the comment that its own file opens with, and the options that are read
// there with what they are by default. Nothing else of the benchmark runs then.
import { readFileSync } from 'node:fs';

if (process.argv.slice(2).some(word => word === '--help' || word === '-h')) {
  const text = readFileSync(process.argv[1], 'utf8');
  console.log(/^(?:\/\/.*\n)+/.exec(text)[0].replaceAll(/^\/\/ ?/gm, ''));
  const options = [...text.matchAll(optionOfParseArgs())].map(([, name, type, byDefault]) =>
    `  --${name}${type === 'string' ? ' VALUE' : ''}`.concat(byDefault ? `   (default: ${byDefault})` : ''),
  );
  if (options.length > 0) console.log(`Options:\n${options.join('\n')}`);
  const variables = new Set([...text.matchAll(/process\.env\.(\w+)/g)].map(([, name]) => name));
  if (variables.size > 0) console.log(`Environment: ${[...variables].join(', ')}`);
  process.exit();
}

/** `seconds: { type: 'string', default: '10' }`: the name, the type, a text that is its default. */
function optionOfParseArgs() {
  return /([\w-]+)'?: \{ type: '(string|boolean)'(?:, multiple: true)?(?:, default: (?:'([^']*)'|[^}]*))? \}/g;
}
