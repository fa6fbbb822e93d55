// Runs one job, of cirrus or of a peer, measures it, and checks what it wrote.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const cirrus = join(here, "../bin/cirrus.js");

/**
 * @param folder - scratch: outputs are removed once they are checked
 * @param python - interpreter with the peers' packages
 */
export function openJobs(folder, python) {
  const env = { ...process.env, CIRRUS_HOME: join(folder, "home"), PYTHONWARNINGS: "ignore" };
  delete env.CIRRUS_STATE;
  const proven = new Set();
  const jobFile = join(folder, "job.json");
  const outputFile = join(folder, "stdout.txt");

  /** Figures of measure.py, and what the command printed. */
  function measure(command) {
    const { stdout, stderr } = spawnSync(python, [join(here, "measure.py"), outputFile, ...command], {
      env,
      encoding: "utf8",
    });
    const figures = stdout ? JSON.parse(stdout) : { status: 1 };
    if (figures.status !== 0) throw new Error(`${command.join(" ")} failed:\n${stderr.slice(-4000)}`);
    return { ...figures, printed: readFileSync(outputFile, "utf8") };
  }

  function writeConfig(data, destination, out) {
    const [{ source, halvings, path }, { extent, ...rest }] = [data, destination];
    const job = {
      version: 1,
      source: { ...source, ...(extent && { extent }) },
      destination: {
        path: out,
        type: "image",
        resolutionNm: [4, 4, 50],
        mips: Array(halvings).fill([2, 2, 1]),
        ...(extent && { bounds: extent }),
        ...rest,
      },
      provenance: {
        sources: [path],
        motivation: "measure",
        process: { description: "benchmark", parameters: {} },
      },
    };
    writeFileSync(jobFile, JSON.stringify(job));
  }

  return {
    /**
     * One ingest into a new folder. What the store process costs until it has left is counted; it is a new one every time.
     *
     * @returns figures of the job, its folder `out`, and the profile of its workers
     */
    runCirrus(data, destination, { processes = 2, flags = [] } = {}) {
      const out = join(mkdtempSync(join(folder, "cirrus-")), "volume");
      writeConfig(data, destination, out);
      const command = [process.execPath, cirrus, "ingest", jobFile, "-p", String(processes), "--profile", "--json"];
      const { printed, ...figures } = measure([...command, ...flags]);
      return { ...figures, profile: JSON.parse(printed).profile, out };
    },

    /** What `--dry-run` tells of the same job. */
    planCirrus(data, destination, { processes = 2, flags = [] } = {}) {
      writeConfig(data, destination, join(folder, "planned"));
      const command = ["ingest", jobFile, "-p", String(processes), "--dry-run", "--json", ...flags];
      const { status, stdout, stderr } = spawnSync(process.execPath, [cirrus, ...command], { env, encoding: "utf8" });
      if (status !== 0) throw new Error(`the plan failed: ${stderr}`);
      return JSON.parse(stdout).dryRun;
    },

    runPeer(data, [script, ...more], flags) {
      const out = join(mkdtempSync(join(folder, "peer-")), "volume");
      const scales = ["--scales", String(data.halvings + 1)];
      return { ...measure([python, join(here, "peers", script), data.path, out, ...scales, ...more, ...flags]), out };
    },

    /**
     * Compares an output with its source, voxel for voxel, then removes it. A later one whose chunks are the same bytes is as right.
     *
     * @param [flags] - of check.py
     * @returns bytes of all of its files
     */
    checkAndRemove(data, { out }, flags = []) {
      const digest = [digestOf(out), data.path, ...flags].join(" ");
      if (!proven.has(digest)) {
        const command = [join(here, "check.py"), data.path, out, ...flags];
        const { status, signal, stderr } = spawnSync(python, command, { env, encoding: "utf8" });
        if (signal) throw new Error(`the check of ${out} was ended by ${signal}`);
        if (status !== 0) throw new Error(`wrong voxels: ${stderr.slice(-4000)}`);
        proven.add(digest);
      }
      const bytes = filesIn(out).reduce((sum, file) => sum + statSync(file).size, 0);
      this.remove({ out });
      return bytes;
    },

    remove: ({ out }) => rmSync(join(out, ".."), { recursive: true }),
  };
}

/** SHA-256 of names and bytes of all chunk files; the time that gzip notes in its header is left out. */
function digestOf(volume) {
  const { scales } = JSON.parse(readFileSync(join(volume, "info"), "utf8"));
  const digest = createHash("sha256");
  for (const { key } of scales)
    for (const file of filesIn(join(volume, key))) {
      const bytes = readFileSync(file);
      if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes.fill(0, 4, 8);
      digest.update(`${file.slice(volume.length)} ${bytes.length}\n`).update(bytes);
    }
  return digest.digest("hex");
}

/** Paths of all files below a folder, in order of their names. */
function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path) : [path];
    });
}
