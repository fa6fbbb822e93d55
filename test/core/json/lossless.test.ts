import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseJson5 } from "#src/core/json/json5.js";
import { parseLiberal, parseLossless } from "#src/core/json/parse.js";
import { pythonFloat } from "#src/core/json/python-float.js";
import { stringifyAs, stringifyLossless } from "#src/core/json/stringify.js";
import { parseYamlLossless } from "#src/core/json/yaml.js";
import { isNumberToken, numberToken, toPlain, type JsonValue } from "#src/core/json/value.js";

const asDoubles = (plain: unknown): unknown =>
  JSON.parse(JSON.stringify(plain, (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value)));

describe("lossless JSON", () => {
  it("keeps number tokens through a read and a write", () => {
    const text = '{"ids":[648518346349515986,-0,1.0,1e-05,1E400,0.10],"b":true,"a":null}';
    assert.equal(stringifyLossless(parseLossless(text), "compact"), text);
  });

  it("is written in the layout of the text that it was read from", () => {
    for (const text of [
      '{"b":1.0,"a":["\\u00b5"]}',
      '{\n\t"b": 1.0,\n\t"a": [\n\t\t"µ"\n\t]\n}\n',
      '{\n    "b": {}\n}',
    ])
      assert.equal(stringifyAs(text, parseLossless(text)), text);
  });

  it("keeps the numbers of YAML that JSON can spell, and the values of the others", async () => {
    const yaml = "{ids: [648518346349515986, 1.0, -0.50, 0x10, 1e3, .5], b: yes, c: true, d: 2026-11-21, 7: ~}";
    const json = '{"7":null,"ids":[648518346349515986,1.0,-0.50,16,1000,0.5],"b":"yes","c":true,"d":"2026-11-21"}';
    assert.equal(stringifyLossless(await parseYamlLossless(yaml), "compact"), json);
    await assert.rejects(parseYamlLossless("a: [1"), /line 1/);
  });

  it("keeps unknown keys, also __proto__, and their order", () => {
    const text = '{"zeta":{"__proto__":1,"constructor":2},"alpha":[]}';
    assert.equal(stringifyLossless(parseLossless(text), "compact"), text);
  });

  it("lets the last of two equal keys count", () => {
    assert.equal(stringifyLossless(parseLossless('{"a":1,"b":2,"a":null}'), "compact"), '{"a":null,"b":2}');
  });

  it("passes over a byte-order mark", () => {
    assert.deepEqual(parseLossless('\ufeff{"a":"b"}'), { a: "b" });
  });

  it("says what is wrong and where", () => {
    assert.throws(() => parseLossless('{"a":1,}'), SyntaxError);
    assert.throws(() => parseLossless("["), SyntaxError);
    assert.throws(() => parseLossless("[".repeat(200_000)), /nested too deeply/);
  });

  it("gives plain numbers, and bigints where a double is not exact", () => {
    assert.deepEqual(toPlain(parseLossless('{"a":1.0,"b":[648518346349515986,9007199254740991],"c":"1"}')), {
      a: 1,
      b: [648518346349515986n, 9007199254740991],
      c: "1",
    });
  });

  it("equals JSON.parse and JSON.stringify where those lose nothing", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        assert.deepEqual(asDoubles(toPlain(parseLossless(text))), JSON.parse(text));
        assert.deepEqual(asDoubles(toPlain(parseJson5(text))), JSON.parse(text));
        assert.equal(stringifyLossless(parseLossless(text), "compact"), text);
      }),
    );
  });
});

describe("the bytes of CloudVolume's writer", () => {
  it("sorts keys by code point, indents by two and escapes all but ASCII", () => {
    const value = { "\u{1f600}": 1, "\uff5e": 2, b: { z: [], y: {} }, a: ['é\u007f\u2028\n"\\/', "\u{1f600}"] };
    assert.equal(
      stringifyLossless(value, "cloudvolume"),
      [
        "{",
        '  "a": [',
        String.raw`    "\u00e9\u007f\u2028\n\"\\/",`,
        String.raw`    "\ud83d\ude00"`,
        "  ],",
        '  "b": {',
        '    "y": {},',
        '    "z": []',
        "  },",
        String.raw`  "\uff5e": 2,`,
        String.raw`  "\ud83d\ude00": 1`,
        "}",
      ].join("\n"),
    );
  });

  it("writes numbers as Python does", () => {
    const value: JsonValue = [1, 0.5, 0.00001, 1e16, 2n ** 63n - 1n, numberToken("1.0"), NaN, -Infinity];
    assert.equal(stringifyLossless(value, "canonical"), "[1,0.5,1e-05,1e+16,9223372036854775807,1.0,null,null]");
    assert.deepEqual(
      [0.0001, 0.00012345, 1e-7, 1.5e-10, 123456.789, 1e15, 1.25e300, 5e-324, -0, -2.5].map(pythonFloat),
      [
        "0.0001",
        "0.00012345",
        "1e-07",
        "1.5e-10",
        "123456.789",
        "1000000000000000.0",
        "1.25e+300",
        "5e-324",
        "-0.0",
        "-2.5",
      ],
    );
  });

  it("writes floats that read back as the same double", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) =>
        assert.equal(Number(pythonFloat(value)), value),
      ),
    );
  });

  it("leaves out undefined members", () => {
    assert.equal(stringifyLossless({ a: undefined, b: 1 } as unknown as JsonValue, "compact"), '{"b":1}');
  });
});

describe("the liberal reader", () => {
  const compact = (text: string): string => stringifyLossless(parseLiberal(text), "compact");

  it("takes comments, trailing commas, single quotes and bare keys", () => {
    const text =
      `\ufeff// volume of Tuesday
      { sources: ['gs://a/b', "it's", ], /* who
      */ owners: [,]`.replace("[,]", "[]") + `, $x_é: {"a b": true,}, "processing": [null, false], }  // end`;
    assert.equal(
      compact(text),
      '{"sources":["gs://a/b","it\'s"],"owners":[],"$x_é":{"a b":true},"processing":[null,false]}',
    );
  });

  it("keeps number tokens, and spells others as JSON", () => {
    assert.equal(
      compact("[648518346349515986, 1.0, 1e-05, +1, .5, 5., -.5e3, 0x10, -0xFFFFFFFFFFFFFFFF, NaN, -Infinity,]"),
      "[648518346349515986,1.0,1e-05,1,0.5,5.0,-0.5e3,16,-18446744073709551615,null,null]",
    );
  });

  it("reads the escapes of strings and keys", () => {
    assert.deepEqual(parseLiberal(String.raw`{\u0061b: 'a\'\x41\u00e9\v\0\q'}`), { ab: "a'Aé\v\0q" });
    assert.deepEqual(parseLiberal("['a\\\nb', 'c\\\r\nd', 'tab\tin']"), ["ab", "cd", "tab\tin"]);
  });

  it("keeps __proto__ as a member", () => {
    assert.equal(compact("{__proto__: {a: 1}}"), '{"__proto__":{"a":1}}');
  });

  for (const [text, where] of [
    ["", /line 1, column 1/],
    ["{a: 1\n b: 2}", /"," or "}" expected but got "b" at line 2, column 2/],
    ["[1 2]", /"," or "\]"/],
    ["[,]", /a value/],
    ["{'a' 1}", /":"/],
    ["'open", /a closing '/],
    ["'line\nbreak'", /a closing '/],
    ["01", /a number|the end/],
    ["1.2.3", /a number/],
    [".", /a number/],
    ["truer", /a value/],
    ["{} x", /the end/],
    ["/* open", /a value/],
    ["'\\1'", /an escape/],
    ["{1a: 2}", /a key/],
  ] as const)
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseLiberal(text),
        (error) => error instanceof SyntaxError && where.test(error.message),
      );
    });

  it("tells tokens from objects that look like them", () => {
    assert.equal(isNumberToken(parseLossless('{"isLosslessNumber":true,"value":"1"}')), false);
    assert.equal(compact('{"isLosslessNumber":true,"value":"1"}'), '{"isLosslessNumber":true,"value":"1"}');
  });
});
