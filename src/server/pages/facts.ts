/** Names and values in two columns. */
import { html, type Content, type Html } from "./html.js";

/** Rows with nothing in them are left out. */
export const facts = (rows: readonly (readonly [name: string, value: Content])[]): Html =>
  html`<dl>
    ${rows.map(([name, value]) =>
      value === ""
        ? ""
        : html`<dt>${name}</dt>
            <dd>${value}</dd>`,
    )}
  </dl>`;
