/**
 * File names as a pattern of section, column and row: the Boss ingest client's `<o:N p:N>`, `<z>`, `<y>`, `<x>`. Pure.
 *
 * `<>` and `<z>` stand for the section, `<x>` and `<y>` for column and row. `o:N` adds N (also a negative one), `p:N` pads with zeros to N
 * digits, `s:N` multiplies by N before that; in any order.
 */
import { CirrusError } from "../../core/errors.js";

export interface NamePlace {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

interface Slot {
  readonly axis: "x" | "y" | "z";
  readonly add: number;
  readonly digits: number;
  readonly times: number;
}

export interface NamePattern {
  /** undefined where a number would be below 0. */
  name(place: NamePlace): string | undefined;
  /** The place whose name this is; 0 on axes that the pattern does not have. */
  parse(name: string): NamePlace | undefined;
  readonly hasTiles: boolean;
  readonly text: string;
}

const slotForm = /<([xyz]?)((?:[ ,]*[ops]:-?\d+)*)\s*>/g;

/** @throws CirrusError `E_CONFIG_INVALID` when the pattern does not name the section */
export function namePattern(text: string): NamePattern {
  const slots: Slot[] = [];
  const literals: string[] = [];
  let from = 0;
  for (const match of text.matchAll(slotForm)) {
    literals.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    slots.push(slotOf(match[1]!, match[2]!));
  }
  literals.push(text.slice(from));
  if (!slots.some(({ axis }) => axis === "z"))
    throw new CirrusError("E_CONFIG_INVALID", `the pattern "${text}" does not say where the section's number is`, {
      hint: "write <> there; <o:1> adds 1, <p:4> pads with zeros to 4 digits, <x> and <y> are column and row",
    });
  const form = new RegExp(`^${literals.map(escaped).join("(\\d+)")}$`);
  const name = (place: NamePlace): string | undefined => {
    let made = literals[0]!;
    for (const [i, { axis, add, digits, times }] of slots.entries()) {
      const number = place[axis] * times + add;
      if (number < 0) return undefined;
      made += String(number).padStart(digits, "0") + literals[i + 1]!;
    }
    return made;
  };
  return {
    text,
    name,
    hasTiles: slots.some(({ axis }) => axis !== "z"),
    parse(candidate) {
      const match = form.exec(candidate);
      if (!match) return undefined;
      const place = { x: 0, y: 0, z: 0 };
      for (const [i, { axis, add, times }] of slots.entries()) place[axis] = (Number(match[i + 1]) - add) / times;
      const isWhole = Object.values(place).every((number) => Number.isSafeInteger(number) && number >= 0);
      return isWhole && name(place) === candidate ? place : undefined;
    },
  };
}

/**
 * A path whose parts hold such marks, as it is typed for `cirrus init`, taken apart before the first part that has one.
 *
 * @returns undefined for a path without any
 */
export function patternIn(path: string): { readonly root: string; readonly pattern: string } | undefined {
  const first = path.search(/<[xyz]?[ ,]*(?:[ops]:|>)/);
  if (first < 0) return undefined;
  const cut = Math.max(path.lastIndexOf("/", first), path.lastIndexOf("\\", first));
  return cut < 0 ? undefined : { root: path.slice(0, cut) || "/", pattern: path.slice(cut + 1).replaceAll("\\", "/") };
}

function slotOf(axis: string, options: string): Slot {
  const option = (letter: string, otherwise: number): number => {
    const match = new RegExp(`${letter}:(-?\\d+)`).exec(options);
    return match ? Number(match[1]) : otherwise;
  };
  return {
    axis: axis === "x" || axis === "y" ? axis : "z",
    add: option("o", 0),
    digits: Math.max(0, option("p", 0)),
    times: Math.max(1, option("s", 1)),
  };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
