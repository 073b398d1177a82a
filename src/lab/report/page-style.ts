// What the report looks like: the one visual language of the dashboard and the tracker's page. Steps of 4 px, one radius, no
// motion.

import { colourRules } from './colours.ts';
import { PLOT_RULES } from './plot-marks.ts';

const PAGE_RULES = `
*{box-sizing:border-box}
html{color-scheme:light dark;scroll-padding-top:12px}
body{margin:0 auto;padding:24px 16px 48px;max-width:1160px;background:var(--ground);color:var(--text);
  font:15px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
h1,h2,h3,p,ul,figure,dl,dd{margin:0;padding:0}
h1{font-size:20px;display:flex;gap:8px;align-items:center}
h1 svg{width:24px;height:24px}
h2{font-size:18px}
h3{font-size:14px}
ul{list-style:none}
a{color:var(--received)}
code{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
.note,.facts{color:var(--idle);font-size:13px}
.received{color:var(--received)}.given{color:var(--given)}.complete{color:var(--complete)}.failed{color:var(--failed)}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:2px 16px;margin-top:12px}
.facts dd{color:var(--text)}
.card{margin-top:16px;padding:20px;border:1px solid var(--line);border-radius:6px;background:var(--card)}
.card>*+*{margin-top:16px}
.total{font-size:20px;font-weight:600}
.names{display:flex;flex-wrap:wrap;gap:4px 16px}
.head{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:baseline;justify-content:space-between}
.question{color:var(--idle)}
.card>.question{margin-top:4px}
.answer{font-size:20px;line-height:1.4;max-width:64ch}
.card>.answer{margin-top:8px}
.checks li{display:flex;gap:4px 12px;align-items:baseline;padding:2px 0}
.checks .verdict{flex:none;width:104px}
.checks .found{margin-left:auto;text-align:right;color:var(--idle);white-space:nowrap}
.verdict{white-space:nowrap;font-weight:600}
.grid{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:24px 32px;align-items:start}
.words{display:grid;gap:16px;align-content:start}
.words.is-wide{grid-column:1/-1;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px 32px}
.words p{margin-top:4px}
.grid figure{min-width:0}
.grid figure h3{margin-bottom:8px}
.plot{display:block;width:100%;max-width:640px;height:auto}
.plot.is-narrow{display:none}
details{margin-top:4px}
summary{color:var(--idle);font-size:13px;cursor:pointer;padding:4px 0}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-size:14px}
th{color:var(--idle);font-size:13px;font-weight:500;text-align:left}
th,td{padding:4px 16px 4px 0;vertical-align:baseline;border-bottom:1px solid var(--line);white-space:nowrap}
th:last-child,td:last-child{padding-right:0}
tbody th{color:var(--text);font-size:14px;font-weight:400}
td.claim{white-space:normal;min-width:220px}
.number{text-align:right}
.dense{font-size:13px}
.dense tbody th{font-size:13px}
.dense th,.dense td{padding-right:10px}
.dense thead th{white-space:normal}
.again{display:grid;gap:4px}
.again code{display:block;padding:8px 12px;border:1px solid var(--line);border-radius:6px;background:var(--ground)}
button{padding:4px 16px;min-width:84px;min-height:32px;border:1px solid var(--edge);border-radius:6px;background:var(--card);color:inherit;
  font:inherit;cursor:pointer}
:focus-visible{outline:2px solid var(--chosen);outline-offset:2px}
.player{padding-top:16px;border-top:1px solid var(--line)}
.player:not([data-ready])>:not(h3,noscript){visibility:hidden}
.player>*+*{margin-top:8px}
.controls{display:flex;gap:12px;align-items:center}
.scrubber{flex:1;min-width:0;height:24px;accent-color:var(--chosen)}
.moment{font-weight:600}
.moment,.of-chosen{min-height:1.5em}
.pictures{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1.1fr);gap:16px 32px;align-items:start}
.player>.pictures{margin-top:12px}
.graph{display:block;width:100%;max-width:480px;margin:0 auto}
.pictures figure{position:sticky;top:16px}
.pictures figcaption{display:flex;flex-wrap:wrap;gap:4px 16px;justify-content:center}
.peer{cursor:pointer;fill:var(--card);stroke:var(--received);stroke-width:1.5}
.peer .filled{fill:var(--received);stroke:none}
.peer.is-complete{stroke:var(--complete)}
.peer.is-complete .filled{fill:var(--complete)}
.peer.is-seed{fill:var(--complete);stroke:var(--complete)}
.peer.is-away{stroke:var(--idle-mark);stroke-dasharray:2 3;fill:var(--card)}
.peer.is-chosen{stroke:var(--chosen);stroke-width:4;paint-order:stroke}
.flow{fill:none;stroke:var(--idle-mark);stroke-opacity:.6}
.flow.is-other{stroke-opacity:.14}
.flow.is-in{stroke:var(--received);stroke-opacity:.9}
.flow.is-out{stroke:var(--given-mark);stroke-opacity:.9}
.is-none{display:none}
.map{position:relative}
.cells{position:absolute;z-index:1;top:0;left:96px;width:calc(100% - 96px - 48px);height:100%;pointer-events:none}
.rows{position:relative;cursor:pointer}
.rows li{display:flex;justify-content:space-between;height:14px;font-size:11px;line-height:14px;white-space:nowrap}
.rows li>:first-child{width:92px;overflow:hidden;text-overflow:ellipsis}
.rows.is-tall li{height:20px;font-size:12px;line-height:20px}
.rows [aria-selected=true]{font-weight:600;color:var(--chosen);background:var(--chosen-ground)}
footer{margin-top:24px;color:var(--idle);font-size:13px}
@media (max-width:840px){
  .grid,.words.is-wide,.pictures{grid-template-columns:minmax(0,1fr)}
  .pictures figure{position:static}
}
@media (max-width:560px){
  body{padding:16px 8px 32px}
  .card{padding:12px}
  .plot.is-narrow{display:block}
  .plot.is-wide{display:none}
  .checks li{flex-wrap:wrap}
  .checks .found{margin-left:116px;text-align:left;white-space:normal}
  .facts{grid-template-columns:minmax(0,1fr)}
  .facts dd+dt{margin-top:4px}
  .answer{font-size:18px}
  .moment{min-height:4.5em}
  .of-chosen{min-height:3em}
  .rows li>:first-child{width:72px}
  .cells{left:76px;width:calc(100% - 76px - 44px)}
}
@media print{.controls,.of-chosen{display:none}.card{break-inside:avoid}}
`;

export const PAGE_STYLE = colourRules(':root') + PLOT_RULES + PAGE_RULES;
