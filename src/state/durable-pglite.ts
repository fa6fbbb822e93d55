/**
 * PGlite whose commits reach the disk. Its file system has no fsync and emscripten's fdatasync does nothing, so `fsync=on` alone
 * changes nothing: the file system gets an fsync, and PostgreSQL is told to call that one.
 */
import { fsyncSync } from "node:fs";
import { PGlite, type PGliteOptions } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";

type Init = Parameters<NodeFS["init"]>;

/** The part of emscripten's module that is altered; PGlite's types leave it out. */
interface NodeFileSystem {
  FS: { filesystems: { NODEFS: { stream_ops: { fsync?: (stream: { nfd?: number }) => number } } } };
}

class DurableNodeFS extends NodeFS {
  override async init(pg: Init[0], options: Init[1]) {
    const ready = await super.init(pg, options);
    ready.emscriptenOpts.preRun = [
      ...(ready.emscriptenOpts.preRun ?? []),
      (module: unknown) => {
        const { stream_ops } = (module as NodeFileSystem).FS.filesystems.NODEFS;
        stream_ops.fsync = (stream) => {
          if (stream.nfd !== undefined) fsyncSync(stream.nfd);
          return 0;
        };
      },
    ];
    return ready;
  }
}

/** 16 MB of buffers hold a queue's pages; the default takes 126 MB more memory. WAL files are kept up to min_wal_size. */
const settings = ["fsync=on", "wal_sync_method=fsync", "shared_buffers=16MB", "min_wal_size=32MB"];

/**
 * Opens the database in `dataFolder`, or makes one there (2 to 7 s).
 *
 * @param dataFolder - its store must be locked by this process
 */
export function openDurable(dataFolder: string, options: PGliteOptions = {}): Promise<PGlite> {
  const params = PGlite.defaultStartParams.filter((param) => param !== "-F"); // -F switches fsync off
  return PGlite.create({
    ...options,
    fs: new DurableNodeFS(dataFolder),
    startParams: [...params, ...settings.flatMap((setting) => ["-c", setting])],
  });
}
