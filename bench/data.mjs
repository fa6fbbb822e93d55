// The data of the cases: drawn or given PNG tiles, and what is made of them. Made once and kept in a folder for later runs.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

/**
 * Paths of the data by kind; each is made when it is asked for first.
 *
 * @param folder - where made data is kept
 * @param options.python - interpreter with the peers' packages
 * @param options.size - voxels x, y, z of drawn data
 * @param options.tile - side of its tiles in pixels
 * @param [options.png] - a CATMAID stack to use instead of drawing one
 * @param [options.jpg] - the same tiles as JPEG, instead of making them
 * @param [options.sections] - take only so many sections of the PNG stack
 * @param [options.isTidy] - remove what was made as soon as `done` is told
 */
export function openData(folder, { python, size, tile, png, jpg, sections, isTidy, note }) {
  /** Paths below `folder` that nothing else is made of, by what was wanted. */
  const removable = new Map();
  const { name: stackName, path: stackPath } = pngStack();

  function pngStack() {
    const given = png && resolve(png);
    const cut = sections ? `-${sections}` : "";
    if (!given) {
      const drawn = sections ? [...size.slice(0, 2), Math.min(size[2], sections)] : size;
      const name = `drawn-${drawn.join("x")}-${tile}`;
      return { name, path: () => made(name, (out) => draw(out, { size: drawn, side: tile })) };
    }
    const name = `${given.replaceAll("/", "_").replace(/^_/, "")}${cut}`;
    return { name, path: () => (sections ? made(name, (out) => firstSections(given, out)) : given) };
  }

  /** A folder or file that is there only when it is whole. */
  async function made(name, make) {
    const path = join(folder, name);
    if (existsSync(path)) return path;
    note(`making ${path}`);
    const unfinished = join(folder, `.unfinished-${name}`);
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await make(unfinished);
    renameSync(unfinished, path);
    return path;
  }

  /** As many processes as there are cores, each draws every n-th section. */
  async function draw(out, { size: drawn, side }) {
    const parts = availableParallelism();
    const script = join(here, "../scripts/make-sample.mjs");
    const parameters = ["--size", drawn.join(","), "--tile", String(side)];
    const drawing = Array.from({ length: parts }, (_, part) =>
      ended(process.execPath, [script, out, ...parameters, "--part", `${part}/${parts}`]),
    );
    await Promise.all(drawing);
  }

  function firstSections(stack, out) {
    mkdirSync(out);
    const numbers = readdirSync(stack).filter((name) => Number(name) < sections);
    for (const name of numbers) symlinkSync(join(stack, name), join(out, name));
  }

  const converted = (kind, extension, parameters) =>
    made(`${stackName}-${kind}${extension}`, async (out) =>
      runPython("convert.py", await stackPath(), out, ...parameters),
    );

  function runPython(script, ...parameters) {
    const { status } = spawnSync(python, [join(here, script), ...parameters], { stdio: ["ignore", 2, 2] });
    if (status !== 0) throw new Error(`${script} ${parameters.join(" ")} failed`);
  }

  const makers = {
    png: () => stackPath(),
    chunk: () => made("drawn-64x64x64-64", (out) => draw(out, { size: [64, 64, 64], side: 64 })),
    jpg: () => (jpg && !sections ? resolve(jpg) : converted("jpg", "", ["--format", "jpg"])),
    /** The same sections several times, one after another: links. */
    repeated: ({ times }) =>
      made(`${stackName}-times-${times}`, async (out) => {
        const stack = await stackPath();
        const names = readdirSync(stack);
        mkdirSync(out);
        for (let i = 0; i < times * names.length; i++)
          symlinkSync(join(stack, String(i % names.length)), join(out, String(i)));
      }),
    /** The same voxels in larger tiles. */
    tiles: ({ side, depth }) =>
      converted(`tiles-${side}-${depth}`, "", ["--format", "png", "--tile", String(side), "--sections", String(depth)]),
    tiff: ({ compression, dtype }) =>
      made(`${stackName}-${compression}-${dtype}.tif`, async (out) =>
        runPython("make_tiff.py", await stackPath(), out, "--dtype", dtype, ...tiffFlags[compression]),
      ),
    big: ({ layout }) =>
      made(`big-${layout}-${bigSide()}.tif`, (out) =>
        runPython("make_big_tiff.py", out, "--layout", layout, "--size", String(bigSide()), "--sections", bigSections),
      ),
    labels: () => {
      const drawn = [Math.min(2048, size[0]), Math.min(2048, size[1]), Math.min(size[2], sections ?? 128)].join(",");
      return made(`labels-${drawn.replaceAll(",", "x")}`, (out) =>
        ended(process.execPath, [join(here, "make-labels.mjs"), out, "--size", drawn]),
      );
    },
  };
  /** 30,000, and as much smaller as the other data is. */
  const bigSide = () => Math.min(30_000, Math.round((30_000 * size[0]) / 4096));

  /** What check.py compares with: the data decoded by Pillow and tifffile, or its drawing itself. */
  async function voxelsOf(wanted, path) {
    if (wanted.kind === "big") return `drawn:${bigSide()},${bigSections}`;
    if (wanted.kind === "tiles" || wanted.kind === "repeated") return voxelsOf({ kind: "png" }, await makers.png());
    return made(`${path.replaceAll("/", "_").replace(/^_/, "")}.npy`, (out) => runPython("voxels.py", path, out));
  }

  return {
    /** Resolves to { path, source, voxels, size, dtype, halvings }: what peers read, the source of the job config, what checks compare with. */
    async of(wanted) {
      const path = await makers[wanted.kind](wanted);
      const voxels = await voxelsOf(wanted, path);
      const isShared = wanted.kind === "tiles" || wanted.kind === "repeated";
      const own = [wanted.kind === "png" ? "" : path, isShared ? "" : voxels];
      removable.set(
        keyOf(wanted),
        own.filter((each) => each.startsWith(`${folder}/`)),
      );
      return { path, voxels, ...describe(path) };
    },

    /** Nothing else will ask for this: removed when the data is tidy. The PNG stack stays, others are made of it. */
    done(wanted) {
      for (const path of (isTidy && removable.get(keyOf(wanted))) || []) rmSync(path, { recursive: true, force: true });
    },
  };

  /** Its size, how often x and y are halved until one chunk holds a section, and how cirrus reads it. */
  function describe(path) {
    const script =
      "import sys; from stack import Stack; s = Stack(sys.argv[1]); print(s.dtype, getattr(s, 'extension', '.tif')[1:], getattr(s, 'tile', 0), *s.size)";
    const { stdout, stderr } = spawnSync(python, ["-c", script, path], { cwd: join(here, "peers"), encoding: "utf8" });
    const [dtype, extension, ...numbers] = stdout.trim().split(" ");
    if (!numbers.length) throw new Error(`cannot read the stack ${path}: ${stderr}`);
    const [tileSize, ...voxels] = numbers.map(Number);
    const halvings = Math.max(0, Math.ceil(Math.log2(Math.max(voxels[0], voxels[1]) / 64)));
    const source =
      extension === "tif"
        ? { plugin: "multipage-tiff", params: { files: path.endsWith(".tif") ? path : join(path, "*.tif") } }
        : { plugin: "catmaid", params: { root: path, extension, tileSize } };
    return { dtype, size: voxels, halvings, source };
  }
}

/** Cases with equal data share what is made. */
export const keyOf = (wanted) => JSON.stringify(wanted);

const bigSections = "8";

const tiffFlags = { raw: [], lzw: ["--compression", "lzw"], deflate: ["--compression", "zlib"] };

function ended(command, parameters) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { stdio: ["ignore", 2, 2] });
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${parameters.join(" ")} failed`))));
  });
}
