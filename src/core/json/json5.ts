/** JSON5 (https://spec.json5.org) to JSON values with number tokens; no JSON5 library keeps those. */
import { numberToken, setMember, type JsonValue } from "./value.js";

/** @throws SyntaxError with line and column */
export function parseJson5(text: string): JsonValue {
  const reader = new Json5Reader(text);
  return reader.document();
}

const blank = /(?:[\s\ufeff]|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)*/y;
const bareKey = /(?:[$_\p{ID_Start}]|\\u[0-9a-f]{4})(?:[$\u200c\u200d\p{ID_Continue}]|\\u[0-9a-f]{4})*/iuy;
const numeral = /([+-]?)(?:(0x[0-9a-f]+)|(Infinity|NaN)|((?:0|[1-9]\d*)?)(?:\.(\d*))?(e[+-]?\d+)?)/iy;
const words: Readonly<Record<string, JsonValue>> = { true: true, false: false, null: null };
const escapes: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  0: "\0",
  "\n": "",
  "\r": "",
  "\u2028": "",
  "\u2029": "",
};

class Json5Reader {
  private at = 0;
  constructor(private readonly text: string) {}

  document(): JsonValue {
    const value = this.value();
    if (this.at < this.text.length) throw this.unexpected("the end");
    return value;
  }

  /** One value, and the blanks and comments around it. */
  private value(): JsonValue {
    this.match(blank);
    const value = this.bareValue();
    this.match(blank);
    return value;
  }

  private bareValue(): JsonValue {
    const next = this.text[this.at];
    if (next === "{") return this.object();
    if (next === "[") return this.list();
    if (next === '"' || next === "'") return this.quoted();
    const word = /(?:true|false|null)(?![$\w])/y;
    const found = this.match(word)?.[0];
    return found === undefined ? this.number() : words[found]!;
  }

  private object(): JsonValue {
    const object: Record<string, JsonValue> = {};
    this.members("}", () => {
      const key = this.key();
      this.match(blank);
      if (!this.take(":")) throw this.unexpected('":"');
      setMember(object, key, this.value());
    });
    return object;
  }

  private list(): JsonValue {
    const list: JsonValue[] = [];
    this.members("]", () => list.push(this.value()));
    return list;
  }

  /** What stands between the brackets, separated by commas, one more of which may end it. */
  private members(end: "}" | "]", read: () => void): void {
    this.at++;
    for (;;) {
      this.match(blank);
      if (this.take(end)) return;
      read();
      this.match(blank);
      if (this.take(end)) return;
      if (!this.take(",")) throw this.unexpected(`"," or "${end}"`);
    }
  }

  private key(): string {
    const next = this.text[this.at];
    if (next === '"' || next === "'") return this.quoted();
    const found = this.match(bareKey)?.[0];
    if (found === undefined) throw this.unexpected("a key");
    return found.replace(/\\u(....)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }

  private quoted(): string {
    const quote = this.text[this.at++]!;
    const plain = quote === '"' ? /[^"\\\n\r]*/y : /[^'\\\n\r]*/y;
    let result = "";
    for (;;) {
      result += this.match(plain)![0];
      if (this.take(quote)) return result;
      if (!this.take("\\")) throw this.unexpected(`a closing ${quote}`);
      result += this.escape();
    }
  }

  /** After the backslash. */
  private escape(): string {
    const hex = this.match(/x([0-9a-f]{2})|u([0-9a-f]{4})/iy);
    if (hex) return String.fromCharCode(Number.parseInt((hex[1] ?? hex[2])!, 16));
    if (this.match(/\r\n/y)) return "";
    const next = this.text[this.at];
    if (next === undefined || /[1-9xu]/.test(next) || (next === "0" && /\d/.test(this.text[this.at + 1] ?? "")))
      throw this.unexpected("an escape");
    this.at++;
    return escapes[next] ?? next;
  }

  /** The JSON spelling of a JSON5 number: `+.5` is `0.5`, `5.` is `5.0`, `0x10` is `16`. */
  private number(): JsonValue {
    const start = this.at;
    const found = this.match(numeral);
    const [all = "", sign, hex, word, whole = "", fraction, exponent = ""] = found ?? [];
    const minus = sign === "-" ? "-" : "";
    const ends = !/[$\w.]/.test(this.text[this.at] ?? "");
    if (ends && hex) return numberToken(minus + BigInt(hex).toString());
    if (ends && word) return word === "NaN" ? NaN : sign === "-" ? -Infinity : Infinity;
    if (ends && /\d/.test(whole + (fraction ?? "")))
      return numberToken(`${minus}${whole || "0"}${fraction === undefined ? "" : `.${fraction || "0"}`}${exponent}`);
    this.at = start;
    throw this.unexpected(all ? "a number" : "a value");
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at += found[0].length;
    return found;
  }

  private unexpected(wanted: string): SyntaxError {
    const lines = this.text.slice(0, this.at).split(/\r\n|[\n\r\u2028\u2029]/);
    const got = this.at < this.text.length ? JSON.stringify(this.text[this.at]) : "the end";
    return new SyntaxError(
      `${wanted} expected but got ${got} at line ${lines.length}, column ${lines.at(-1)!.length + 1}`,
    );
  }
}
