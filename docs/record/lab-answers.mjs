// Puts what a run of the lab has found into docs/lab.md: node docs/record/lab-answers.mjs RESULTS, the folder that `lab run -o`
// was given. A line that begins with **Measured** ([scaling](lab/scaling.md)) gets the answer of that scenario, simulated; one
// that begins with **With real processes** that of the field. What is not among the results stays as it is. It tells the
// lines that were missed, for the part of the page that says why; that part is written by hand.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../lab.md', import.meta.url));
const ANSWER = /^\*\*(Measured|With real processes)\*\* \(\[([a-z-]+)\]\(lab\/[a-z-]+\.md\)\): .*$/gm;
const [results] = process.argv.slice(2);
if (results === undefined) {
  console.error('usage: node docs/record/lab-answers.mjs RESULTS');
  process.exit(2);
}

const page = readFileSync(PAGE, 'utf8');
const missed = [];
const told = page.replace(ANSWER, (line, how, name) => {
  const file = join(results, `${name}.${how === 'Measured' ? 'sim' : 'field'}.json`);
  if (!existsSync(file)) {
    console.log(`${name}: no result, left as it is`);
    return line;
  }
  const { answer, checks } = JSON.parse(readFileSync(file, 'utf8')).result.findings;
  missed.push(...checks.filter(check => !isPassed(check)).map(check => ({ name, ...check })));
  return `**${how}** ([${name}](lab/${name}.md)): ${answer}`;
});
writeFileSync(PAGE, told);
for (const { name, claim, value } of missed) console.log(`missed, ${name}: ${claim} Measured: ${value}`);

function isPassed({ value, limit }) {
  if (value === null) return false;
  return limit.atMost === undefined ? value >= limit.atLeast : value <= limit.atMost;
}
