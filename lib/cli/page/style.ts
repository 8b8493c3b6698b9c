// How the page looks: paper and ink, or night. The pictures are dark in both, so that they need no second set.

export const STYLE = `
:root {
  --paper: #fbfaf7; --ink: #1f2630; --soft: #5c6672; --rule: #dfdbd2; --panel: #f2efe8;
  --main: #b4541a; --first: #2b6a86; --second: #7b8794; --good: #2f6b4f; --warn: #96531b; --bad: #a42a2a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161c; --ink: #e6e3dc; --soft: #98a2ae; --rule: #2a313b; --panel: #191f27;
    --main: #f2a65a; --first: #7fb8d4; --second: #8a95a3; --good: #7fc4a0; --warn: #e0a36a; --bad: #f0857d;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
}
main { max-width: 1160px; margin: 0 auto; padding: 56px 32px 72px; }
h1, h2, h3 { font-family: ui-serif, Charter, 'Iowan Old Style', Georgia, 'Noto Serif', serif; font-weight: 600; line-height: 1.2; text-wrap: balance; }
h1 { font-size: clamp(1.6rem, 1.1rem + 2vw, 2.4rem); margin: 0 0 16px; max-width: 26em; }
h2 { font-size: 1.4rem; margin: 0 0 6px; }
h3 { font-size: 1.1rem; margin: 36px 0 10px; }
h4 { font-size: .86rem; font-weight: 600; margin: 0 0 8px; }
p { max-width: 68ch; margin: 0 0 20px; text-wrap: pretty; }
.eyebrow { color: var(--soft); font-size: .82rem; letter-spacing: .06em; margin: 0 0 12px; }
.lead { color: var(--soft); }
.lead em { color: var(--ink); }
a { color: inherit; text-decoration-color: var(--soft); text-underline-offset: 3px; }

.scroll { overflow-x: auto; margin: 32px 0 28px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .95rem; }
th, td { padding: 8px 12px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th:first-child, td.words { text-align: left; }
th:first-child { padding-left: 0; }
td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-weight: 500; font-size: .82rem; }
tbody th { font-weight: 600; }
td { color: var(--soft); }
td.strong { color: var(--ink); font-weight: 600; }
.spark { width: 96px; height: 22px; display: block; margin-left: auto; }
.verdict { font: 600 .78rem/1 system-ui, sans-serif; padding: 4px 9px; border-radius: 99px; border: 1px solid currentColor; white-space: nowrap; vertical-align: middle; }
.verdict.reached { color: var(--good); }
.verdict.short { color: var(--warn); }
.verdict.nothing-to-learn { color: var(--soft); }

.key { display: flex; flex-wrap: wrap; gap: 8px 24px; padding: 14px 18px; background: var(--panel); border-radius: 8px; font-size: .85rem; color: var(--soft); }
.key span { display: inline-flex; align-items: center; gap: 8px; }
.key i { width: 18px; height: 14px; border-radius: 3px; flex: none; }
.key .bar { width: 96px; background: linear-gradient(90deg, #101622, #203450 25%, #547696 49.9%, #b05c30 50.1%, #f0a048 75%, #ffeec8); }
.key .nested { width: 72px; background: linear-gradient(90deg, #265468, #2c747a, #429280, #74ae7c, #b0c47a, #e4ce7e, #ffeec8); }
.key .warm { background: #f4a84e; }
.key .cold { background: #5484b2; }
.key .night { background: #151b24; outline: 1px solid var(--rule); }
.key .stripes { background: repeating-linear-gradient(135deg, #3a434f 0 2px, #151b24 2px 5px); }

section { margin-top: 56px; padding-top: 32px; border-top: 1px solid var(--rule); scroll-margin-top: 16px; }
h2 .verdict { margin-left: 8px; }
figure { margin: 0; min-width: 0; }
.figures { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 24px 20px; align-items: start; }
.figures svg { display: block; width: 100%; height: auto; border-radius: 6px; background: #151b24; box-shadow: 0 0 0 1px var(--rule); }
.pixels image { image-rendering: pixelated; }
figcaption { font-size: .86rem; line-height: 1.45; color: var(--soft); margin-top: 8px; }
figcaption b { color: var(--ink); font-weight: 600; }
polygon { fill: none; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.casing { stroke: rgb(10 14 20 / .65); stroke-width: 4; }
.text { stroke: #ffb45c; stroke-width: 2; }
.ignored { stroke: #e8ecf2; stroke-width: 2; stroke-dasharray: 5 4; }
.outline { stroke: rgb(255 255 255 / .75); stroke-width: 1.2; }
.shade { fill: rgb(10 14 20 / .45); }

.charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px 32px; margin-top: 32px; }
.charts figcaption { margin: 0 0 6px; }
.chart { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.grid { stroke: var(--rule); fill: none; }
.tick { fill: var(--soft); }
.line { fill: none; stroke-linejoin: round; stroke-linecap: round; }
.line.main { stroke: var(--main); stroke-width: 2.2; }
.line.first { stroke: var(--first); stroke-width: 1.5; }
.line.second { stroke: var(--second); stroke-width: 1.5; }
.name.main { fill: var(--main); font-weight: 600; }
.name.first { fill: var(--first); }
.name.second { fill: var(--second); }
.best { stroke: var(--ink); stroke-width: 1.2; stroke-dasharray: 4 4; fill: none; opacity: .7; }

.diagnosis { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 20px 32px; font-size: .9rem; line-height: 1.5; }
.diagnosis ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 14px; }
.diagnosis li { --mark: var(--second); border-left: 3px solid var(--mark); padding-left: 14px; }
.diagnosis li.error { --mark: var(--bad); }
.diagnosis li.warning { --mark: var(--warn); }
.diagnosis p { margin: 0 0 4px; overflow-wrap: break-word; }
.diagnosis .code, .diagnosis details { color: var(--soft); }
.diagnosis summary { cursor: pointer; font-size: .94em; }
.diagnosis details p { margin-top: 4px; }
.diagnosis .code { font-size: .86em; }
.diagnosis .code b { color: var(--mark); font-weight: 600; margin-right: 4px; }
.diagnosis .well { color: var(--good); }

footer { margin-top: 64px; padding-top: 24px; border-top: 1px solid var(--rule); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); gap: 14px 32px; margin: 0; font-size: .88rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }

@media (max-width: 860px) {
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .charts { grid-template-columns: 1fr; }
}
@media (max-width: 560px) {
  main { padding: 32px 18px 48px; }
  .figures { gap: 18px 14px; }
  .wide { display: none; }
  th, td { padding: 8px 6px; }
  table { font-size: .84rem; }
  .verdict { font-size: .7rem; padding: 3px 7px; white-space: normal; text-align: center; border-radius: 10px; }
  td .verdict { display: inline-block; max-width: 7em; }
}
@media print {
  section { break-inside: avoid-page; }
}
`;
