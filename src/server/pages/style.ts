/** How the home page looks, dark and light. */
export const homeStyle = `
:root {
  color-scheme: light dark;
  --ground: #fff; --card: #f5f7f9; --text: #17212b; --faint: #55636f; --line: #c8d1d9; --accent: #0b5cad; --on-accent: #fff;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #12171c; --card: #1b232b; --text: #e6ebf0; --faint: #a3b0bb; --line: #3a4753; --accent: #7cbcff; --on-accent: #0b1a2a; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.2rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
.faint { color: var(--faint); }
a { color: var(--accent); }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; }
article { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 2fr); gap: 1.5rem; margin-top: 1.5rem; padding: 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
@media (max-width: 48rem) { article { grid-template-columns: minmax(0, 1fr); } }
img { max-width: 100%; height: auto; background: #000; border-radius: .25rem; }
.view { display: inline-block; margin-top: .75rem; padding: .5rem 1.25rem; background: var(--accent); color: var(--on-accent); border-radius: .375rem; text-decoration: none; font-weight: 600; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .1rem 1rem; margin: 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .1rem 1rem .1rem 0; white-space: nowrap; }
th { color: var(--faint); font-weight: normal; }
summary { cursor: pointer; margin-top: .75rem; }
pre { margin: .25rem 0; padding: .6rem .75rem; overflow-x: auto; background: var(--ground); border: 1px solid var(--line); border-radius: .25rem; }
button { font: inherit; padding: .1rem .7rem; color: var(--text); background: var(--ground); border: 1px solid var(--line); border-radius: .25rem; cursor: pointer; }
.snippet { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; }
`;
