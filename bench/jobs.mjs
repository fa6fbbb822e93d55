// Runs one job, of cirrus or of a peer, measures it, and checks what it wrote.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
     * Compares an output with its source, voxel for voxel. An output whose chunk files have the SHA-256 digests of one
     * that was compared before is as right as that one.
     *
     * @param [options.mips] - the coarser scales too: cirrus's are stated exactly
     * @param [options.size] - voxels, when the volume is only the beginning of the data
     * @returns bytes of all of its files
     */
    check({ voxels }, { out }, { mips = false, size } = {}) {
      const { digest, bytes } = JSON.parse(runPython("digest.py", out));
      const parameters = [voxels, ...(mips ? ["--mips"] : []), ...(size ? ["--size", size.join(",")] : [])];
      const proof = [digest, ...parameters].join(" ");
      if (!proven.has(proof)) runPython("check.py", voxels, out, ...parameters.slice(1));
      proven.add(proof);
      return bytes;
    },

    /** The same, then removes it. */
    checkAndRemove(data, run, options) {
      const bytes = this.check(data, run, options);
      this.remove(run);
      return bytes;
    },

    remove: ({ out }) => rmSync(join(out, ".."), { recursive: true }),
  };

  function runPython(name, ...parameters) {
    const { status, signal, stdout, stderr } = spawnSync(python, [join(here, name), ...parameters], {
      env,
      encoding: "utf8",
    });
    if (status !== 0)
      throw new Error(`${name} ${parameters.join(" ")} failed: ${signal ?? ""}\n${stderr.slice(-4000)}`);
    return stdout;
  }
}
