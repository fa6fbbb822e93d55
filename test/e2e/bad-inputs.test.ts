// What a person can get wrong: one clear error each, the right exit code, nothing written.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { writePages, writeTiles } from "../fixtures/stack-files.js";
import { storedFiles } from "../fixtures/volume-checks.js";
import { noise } from "../fixtures/voxels.js";
import { someProvenance, workspace, type Workspace } from "../fixtures/workspace.js";

let ws: Workspace;
before(async () => {
  ws = await workspace();
  await writeTiles(ws.at("stack"), noise({ dataType: "uint8", size: [96, 80, 10] }), { tile: [32, 32] });
  await writePages(ws.at("deep.tif"), noise({ dataType: "uint16", size: [40, 30, 4] }));
  await writeTiles(ws.at("rgb"), noise({ dataType: "uint8", size: [32, 32, 2], channels: 3 }), { tile: [32, 32] });
});
after(() => ws.dispose());

const params = { root: "./stack", extension: "png", tileSize: 32 };
const good = {
  version: 1,
  source: { plugin: "catmaid", params },
  destination: { path: "./out", resolutionNm: [8, 8, 8], chunkSize: [32, 32, 8] },
  provenance: someProvenance,
};
type Changes = { readonly source?: object; readonly destination?: object } & Readonly<Record<string, unknown>>;
const withChanges = ({ source, destination, ...rest }: Changes): object => ({
  ...good,
  ...rest,
  source: { ...good.source, ...source },
  destination: { ...good.destination, ...destination },
});
const deep = { plugin: "multipage-tiff", params: { files: "./deep.tif" } };

interface Refusal {
  readonly exit: number;
  readonly says: RegExp;
}

let configs = 0;
/** Ingests a config that must be refused. */
async function refuses(config: object, { exit, says }: Refusal, ...flags: string[]): Promise<string> {
  const file = ws.at(`config${configs++}.json`);
  await writeFile(file, JSON.stringify(config));
  return refusesCommand(["ingest", file, ...flags], { exit, says });
}

async function refusesCommand(
  args: readonly string[],
  { exit, says }: Refusal,
  env: Record<string, string> = {},
): Promise<string> {
  const { stderr, stdout } = await ws.expect(exit, args, { env });
  assert.match(stderr, says);
  assert.match(stderr, /^(warning: .*\n)*cirrus: /);
  assert.match(stderr, /\n {2}hint: \S.*\n {2}code: E_[A-Z_]+\n$/);
  assert.doesNotMatch(stderr, /\n\s+at |node:internal|E_INTERNAL/);
  assert.equal(stdout, "");
  assert.ok(!existsSync(ws.at("out")), "nothing was written");
  return stderr;
}

describe("a job config", () => {
  it("without provenance, or with an empty one, is refused with 3", async () => {
    const start =
      /^cirrus: Need to define sources, motivation and process in order to write to this volume\.\n {2}DEFINED: /;
    const { provenance: _, ...none } = good;
    const said = await refuses(none, { exit: 3, says: start });
    for (const part of ["sources", "motivation", "process"]) assert.match(said, new RegExp(`- ${part}: `));
    const empty = await refuses(withChanges({ provenance: { ...someProvenance, sources: [] } }), {
      exit: 3,
      says: start,
    });
    assert.match(empty, /- sources: name at least one/);
    assert.doesNotMatch(empty, /- motivation/);
    await refuses(withChanges({ provenance: { ...someProvenance, motivation: " " } }), { exit: 3, says: start });
    await refuses(withChanges({ provenance: { ...someProvenance, motivation: 3 } }), { exit: 3, says: /motivation: / });
  });

  it("with typos or several problems is told all of them, each with its path", async () => {
    await refuses(withChanges({ destinaton: {}, destination: { resolutionNM: [1, 1, 1] } }), {
      exit: 2,
      says: /has 2 problems:\n.*destination\.resolutionNM: unknown key \(did you mean "resolutionNm"\?\)\n.*destinaton: unknown key \(did you mean "destination"\?\)/,
    });
    const said = await refuses(
      withChanges({
        version: 2,
        source: { extent: { x: [64, 32] } },
        destination: {
          resolutionNm: [0, 8, 8],
          encoding: "jpeg:300",
          mips: [
            [2, 2, 1],
            [1, 1, 1],
          ],
        },
      }),
      { exit: 2, says: /has 5 problems/ },
    );
    for (const path of [
      /version: /,
      /source\.extent\.x: start must be below stop/,
      /resolutionNm\[0\]: /,
      /encoding: /,
    ])
      assert.match(said, path);
    await writeFile(ws.at("broken.yaml"), "version: [1\nb");
    await refusesCommand(["ingest", ws.at("broken.yaml")], { exit: 2, says: /neither JSON nor YAML/ });
    await refusesCommand(["ingest", "nowhere.json"], { exit: 2, says: /cannot read nowhere\.json: there is no such/ });
  });

  it("with a plugin or params that do not exist is refused with a suggestion", async () => {
    await refuses(withChanges({ source: { plugin: "catmiad" } }), { exit: 2, says: /did you mean "catmaid"/ });
    await refuses(withChanges({ source: { plugin: "./no.mjs" } }), {
      exit: 2,
      says: /there is no plugin at .*no\.mjs/,
    });
    await refuses(withChanges({ source: { params: { ...params, extention: "png", tileSize: -3 } } }), {
      exit: 2,
      says: /source\.params\.tileSize: [^]*source\.params\.extention: unknown key \(did you mean "extension"\?\)/,
    });
    await refuses(withChanges({ source: { params: { ...params, root: "./nowhere" } } }), {
      exit: 4,
      says: /there is no folder .*nowhere/,
    });
    await refuses(withChanges({ source: { t: 1 } }), { exit: 2, says: /source\.t: the source has no time 1/ });
  });

  it("with an extent that is outside, or not made of whole chunks, is told what would be right", async () => {
    await refuses(withChanges({ source: { extent: { x: [0, 97] } } }), {
      exit: 2,
      says: /source\.extent x 0:97, .* is not inside the stack, x 0:96, y 0:80, z 0:10/,
    });
    await refuses(withChanges({ source: { extent: { x: [10, 64], z: [0, 8] } } }), {
      exit: 2,
      says: /the nearest legal box is x 0:64, y 0:80, z 0:8\n/,
    });
    const bounds = { x: [1000, 1001], y: [0, 10], z: [0, 10] };
    await refuses(withChanges({ destination: { bounds } }), { exit: 2, says: /nothing of the stack .* is inside/ });
  });

  it("that would change a value is refused", async () => {
    const refused = async (changes: Changes, exit: number, says: RegExp) =>
      refuses(withChanges(changes), { exit, says });
    await refused({ source: deep, destination: { dataType: "uint8" } }, 4, /uint16, and .*uint8 cannot hold every/);
    await refused({ destination: { dataType: "int8" } }, 4, /uint8, and .*int8 cannot hold every/);
    await refused({ source: { params: { ...params, root: "./rgb" } } }, 4, /3 channels \(RGB\)/);
    await refused({ destination: { channels: 3 } }, 4, /1 channel, and destination\.channels is 3/);
    await refused({ destination: { background: 1.5 } }, 2, /background: 1\.5 is no value of uint8/);
    await refused({ destination: { background: 256 } }, 2, /background: 256 is no value of uint8/);
    await refused({ source: deep, destination: { encoding: "jpeg" } }, 2, /jpeg holds uint8 only, not uint16/);
  });

  it("whose destination cannot be written, or is another volume, is refused with 5", async () => {
    await refuses(withChanges({ destination: { path: "./stack/0/0_0_0.png/volume" } }), {
      exit: 5,
      says: /0_0_0\.png is a file, not a folder/,
    });
    await refuses(withChanges({ destination: { path: "ftp://host/volume" } }), { exit: 2, says: /no driver for ftp/ });
    const config = await ws.config("there", { ...good, destination: { ...good.destination, path: "./there" } });
    await ws.expect(0, ["ingest", config, "-p", "1", "--no-fsync"]);
    const before = await storedFiles(ws.at("there"));
    for (const change of [{ resolutionNm: [9, 8, 8] }, { chunkSize: [64, 64, 8] }, { voxelOffset: [1, 0, 0] }])
      await refuses(
        withChanges({ destination: { path: "./there", ...change } }),
        { exit: 5, says: /holds a volume of another geometry: .* is / },
        "--overwrite",
      );
    assert.deepEqual(await storedFiles(ws.at("there")), before);
  });
});

describe("a command line", () => {
  it("with too little memory is told the least that works", async () => {
    const flags = ["-p", "3", "--memory"];
    await refuses(good, { exit: 2, says: /the least that works is 384MB/ }, ...flags, "300MB");
    await refuses(good, { exit: 2, says: /write 512MB, 2GB or 2GiB/ }, ...flags, "300");
    const big = { path: "./big", chunkSize: [512, 512, 64], dataType: "uint64" };
    const config = await ws.config("big", withChanges({ destination: big }) as typeof good);
    const run = ["ingest", config, "-p", "3", "--no-fsync", "--memory"];
    const { stderr } = await ws.expect(2, [...run, "400MB"]);
    const least = Number(/the least that works is --memory (\d+)MB for 3 workers/.exec(stderr)![1]);
    await ws.expect(2, [...run, `${least - 3}MB`]);
    assert.ok(!existsSync(ws.at("big")));
    await ws.expect(0, [...run, `${least}MB`]);
  });

  it("with a job that is unknown, or no volume, says so", async () => {
    for (const command of ["join", "cancel", "status", "verify"])
      await refusesCommand([command, "--job-id", "1k3m9x-q2zt"], { exit: 2, says: /there is no job "?1k3m9x-q2zt/ });
    for (const args of [["verify"], ["preview"], ["provenance", "show"], ["downsample", "--motivation", "m"]])
      await refusesCommand([...args, "./nowhere"], { exit: 5, says: /there is no volume at .*nowhere/ });
    await refusesCommand(["verify"], { exit: 2, says: /name the volume's path, or a job/ });
  });

  it("with a home that cannot be made says so", async () => {
    for (const home of ["/proc/nothing", ws.at("deep.tif")])
      await refusesCommand(["status"], { exit: 75, says: /the state folder .* cannot be made/ }, { CIRRUS_HOME: home });
  });

  it("with a state that cannot be used says why, and never prints a password", async () => {
    const file = await ws.config("state", good);
    const secret = await ws.run(["ingest", file, "--state", "postgresql://me:hunter2@127.0.0.1:1/db"]);
    assert.equal(secret.code, 2);
    assert.match(secret.stderr, /has a password in it on the command line/);
    const away = await ws.run(["ingest", file], { env: { CIRRUS_STATE: "postgresql://me:hunter2@127.0.0.1:1/db" } });
    assert.equal(away.code, 75);
    assert.match(away.stderr, /ECONNREFUSED/);
    for (const { stderr, stdout } of [secret, away]) assert.doesNotMatch(stderr + stdout, /hunter2/);
    await refusesCommand(["ingest", file, "--state", "mysql://host/db"], { exit: 2, says: /postgresql:\/\/host/ });
  });
});

describe("what a person can get right in more than one way", () => {
  it("is a config in YAML, from standard input, with the provenance in a file of its own", async () => {
    const yaml = `
version: 1
source: { plugin: catmaid, params: { root: ./stack, extension: png, tileSize: 32 } }
destination: { path: ./yaml, resolutionNm: [8, 8, 8], chunkSize: [32, 32, 8] }
`;
    await writeFile(ws.at("why.yaml"), "sources: [a stack]\nmotivation: to see\nprocess: { description: by hand }\n");
    const args = ["ingest", "-", "--provenance", "why.yaml", "-p", "1", "--no-fsync"];
    await ws.expect(0, args, { input: yaml });
    const shown = await ws.json<{ sources: string[] }>(["provenance", "show", ws.at("yaml")]);
    assert.deepEqual(shown.sources, ["a stack"]);
    await ws.expect(0, ["verify", ws.at("yaml")]);
  });
});
