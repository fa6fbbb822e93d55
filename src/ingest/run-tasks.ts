/** The worker's side of `ingest` and `downsample`: a task number -> the chunks that the task owns, and their receipt. */
import { boxAt, intersect, isEmpty, volumeOf, type BoundingBox } from "../core/bounding-box.js";
import { ceilDivide, floorDivide, multiply, ones, perAxis, type Vec3 } from "../core/vec3.js";
import type { Receipt } from "../engine/messages.js";
import type { WorkerEnvironment, WorkerTasks } from "../engine/worker-host.js";
import { cellsTouching, chunkAt, chunksIn, chunksOf, voxelsOfCells } from "../geometry/chunk-grid.js";
import type { BrickSlab } from "../geometry/brick-slab.js";
import { scaledBounds } from "../geometry/pyramid.js";
import { runBlock, slabsOf, type BlockPorts } from "../geometry/run-block.js";
import { VoxelPool } from "../geometry/voxel-pool.js";
import { ownedCells, taskAt, type GridLevel, type TaskGrid } from "../geometry/task-grid.js";
import { openArena } from "../kernels/arena.js";
import { readmit } from "../provenance/admit.js";
import { openWritable } from "../storage/open.js";
import type { StoreOptions } from "../storage/store.js";
import type { BoxSource, OpenSource } from "../tiles/contracts.js";
import { ShardSpool } from "../volume/shard-spool.js";
import { ChunkOutput } from "./chunk-output.js";
import { documentedAges, type DocumentedAges } from "./documented-ages.js";
import { Garbage } from "../tiles/garbage.js";
import { fingerprint } from "./fingerprint.js";
import type { JobDocument, WorkerDocument } from "./job-document.js";
import { openSource } from "../tiles/open-source.js";
import { cellsOfJob, stageGrid } from "./plan.js";
import { ChunkInput } from "./read-chunks.js";
import { TileReader } from "../tiles/read-tiles.js";
import { passingBytes, shardBytes, slabShare } from "./memory.js";
import { stageOf } from "./stage-of.js";

/** @param job - a WorkerDocument, as the supervisor of this same version made it */
export async function ingestWorker(job: unknown, environment: WorkerEnvironment): Promise<WorkerTasks> {
  const { job: document, store: machine } = job as WorkerDocument;
  const { destination, source } = document;
  const options = { ...machine, jobId: document.jobId, fsync: destination.fsync };
  const ticket = await readmit(destination.url, document.recordKey, options);
  const store = await openWritable(destination.url, ticket, options);
  const open = source && (await openSource(source, machine, environment.alive));
  const form = await fingerprint(document); // before the runner's arena, of which it would keep some
  const tasks = new TaskRunner({ document, open, store, environment, options });
  return {
    fingerprint: form,
    runTask: (task) => tasks.run(task),
    async close() {
      tasks.close();
      await open?.close?.();
      await store.close();
    },
  };
}

interface RunnerParts {
  readonly document: JobDocument;
  readonly open: OpenSource | BoxSource | undefined;
  readonly store: Awaited<ReturnType<typeof openWritable>>;
  readonly environment: WorkerEnvironment;
  readonly options: StoreOptions;
}

class TaskRunner {
  readonly #document: JobDocument;
  readonly #open: OpenSource | BoxSource | undefined;
  readonly #input: ChunkInput;
  readonly #cells: readonly BoundingBox[];
  readonly #slabBytes: number;
  readonly #shardBytes: number;
  readonly #pool: VoxelPool;
  readonly #garbage = new Garbage();
  readonly #spool = new ShardSpool();
  readonly #environment: WorkerEnvironment;
  #ages: ({ readonly mip: number } & DocumentedAges) | undefined;
  readonly #options: StoreOptions;
  readonly #store: Awaited<ReturnType<typeof openWritable>>;

  constructor({ document, open, store, environment, options }: RunnerParts) {
    this.#document = document;
    this.#open = open;
    this.#store = store;
    this.#options = options;
    this.#environment = environment;
    this.#cells = cellsOfJob(document.plan);
    this.#input = new ChunkInput(document, store);
    this.#slabBytes = Math.max(slabShare(environment.memoryBytes, document.plan, document.source?.tiles), 0);
    const passing = passingBytes(document.plan, document.source?.tiles);
    this.#shardBytes = shardBytes(document.plan);
    this.#pool = new VoxelPool(openArena(this.#slabBytes + passing + this.#shardBytes));
  }

  close(): void {
    this.#spool.close();
  }

  async run(task: number): Promise<Receipt> {
    const begun = performance.now();
    const { plan, source } = this.#document;
    const { stage, index } = stageOf(task, plan.stages);
    const planned = plan.stages[stage]!;
    const grid = stageGrid(plan, planned);
    const position = taskAt(index, grid);
    const output = new ChunkOutput(this.#document, {
      store: this.#store,
      spool: this.#spool,
      garbage: this.#garbage,
      beforeWrite: this.#environment.beforeWrite,
    });
    const tiles =
      stage === 0 && source && this.#open
        ? new TileReader({ source, open: this.#open, stores: this.#options, garbage: this.#garbage })
        : undefined;
    const base = grid.levels[0]!;
    const cells = this.#cells;
    try {
      if (tiles) await this.#runBlock(grid, position, { tiles, output, cells, clip: plan.extent });
      else if (this.#document.existing === "keep") await this.#fillGaps(grid, position, output);
      else
        await this.#runBlock(grid, position, {
          output,
          cells,
          clip: voxelsOfCells(cells[base.mip]!, base.grid),
          madeBy: stage - 1,
        });
      tiles?.throwIfBad();
      output.finish();
    } finally {
      tiles?.close();
      output.close();
    }
    await output.sync();
    return {
      task,
      chunks: output.receipts,
      filled: tiles?.filled ?? [],
      stagesMs: withRest({ ...tiles?.stagesMs, ...output.stagesMs }, performance.now() - begun),
      ...(output.left ? { extra: { left: output.left } } : {}),
    };
  }

  /** Makes the chunks of the top mip that are not there, or older than what is below them, where all that they need is. */
  async #fillGaps(grid: TaskGrid, task: Vec3, output: ChunkOutput): Promise<void> {
    const base = grid.levels[0]!;
    const top = grid.levels[1]!;
    // A shard is made as a whole: it is a chunk of a coarser grid.
    const perShard = this.#document.plan.scales[top.mip]!.shardCells ?? ones;
    const single: TaskGrid = { ...grid, span: multiply(top.factor, perShard) };
    for (const own of shardsOf(ownedCells(task, grid, top), perShard)) {
      const box = voxelsOfCells(own, top.grid);
      this.#environment.alive();
      const needed = intersect(
        { min: perAxis((i) => box.min[i] * top.factor[i]), max: perAxis((i) => box.max[i] * top.factor[i]) },
        base.grid.bounds,
      );
      if (await this.#isGood({ level: top, box }, { level: base, box: needed }, output)) continue;
      const { background } = await this.#agesAt(top.mip);
      if (!(await this.#input.hasAll(base, needed, background))) {
        output.left += volumeOf(own);
        continue;
      }
      const cells = [...this.#cells];
      cells[top.mip] = own;
      await this.#runBlock(single, floorDivide(own.min, perShard), {
        output,
        cells,
        clip: base.grid.bounds,
        background,
      });
    }
  }

  /** False for a chunk that is in no manifest, which a killed try left, and for one that is older than a chunk that it is made of. */
  async #isGood(chunk: Placed, below: Placed, output: ChunkOutput): Promise<boolean> {
    const { byKey: ages, background } = await this.#agesAt(chunk.level.mip);
    const key = output.keyOf(chunk.level.mip, chunk.box);
    const age = ages.get(key);
    if (age === undefined) return false;
    if (!background.has(key) && !(await output.exists(chunk.level.mip, chunk.box))) return false;
    for (const { box } of chunksIn(below.box, below.level.grid))
      if ((ages.get(output.keyOf(below.level.mip, box)) ?? age) > age) return false;
    return true;
  }

  /** Read again for every mip that is made: this job itself may have replaced chunks of the one below. */
  async #agesAt(mip: number): Promise<DocumentedAges> {
    if (this.#ages?.mip !== mip) this.#ages = { mip, ...(await documentedAges(this.#store, this.#options)) };
    return this.#ages;
  }

  async #runBlock(grid: TaskGrid, task: Vec3, run: BlockRun): Promise<void> {
    const { plan, destination } = this.#document;
    const base = grid.levels[0]!;
    const ports: BlockPorts = {
      readSection: async (z, slab) => {
        this.#environment.alive();
        if (run.tiles) return run.tiles.readSection(z, slab);
        if (z === slab.from) await this.#input.fill(base, slab, { stage: run.madeBy, background: run.background });
      },
      writeSlab: async (level, slab, cells) => {
        const isRead = !run.tiles && level.mip === base.mip;
        if (isRead || run.tiles?.bad.length) return;
        await this.#write(level, slab, intersect(cells, run.cells[level.mip]!), { grid, task, output: run.output });
      },
    };
    const block = {
      grid,
      task,
      clip: run.clip,
      dataType: (run.tiles ? plan.slabType : undefined) ?? plan.dataType,
      channels: plan.channels,
      method: destination.type === "image" ? ("mean" as const) : ("mode" as const),
      memoryBytes: this.#slabBytes,
    };
    if (this.#shardBytes > 0) this.#spool.allow(this.#spoolBytes(slabsOf(block)));
    await runBlock({ ...block, pool: this.#pool }, ports);
  }

  /** What slabs leave of the memory, and what a shard would take that a store needs in one piece. */
  #spoolBytes({ bytes, isCut }: ReturnType<typeof slabsOf>): number {
    if (isCut) return 0; // slabs come and go, and find no gap among chunks
    return this.#slabBytes - bytes + (this.#store.putParts ? this.#shardBytes : 0);
  }

  async #write(
    level: GridLevel,
    slab: BrickSlab,
    cells: BoundingBox,
    { grid, task, output }: WriteContext,
  ): Promise<void> {
    if (isEmpty(cells)) return;
    try {
      for (const { cell, box } of chunksOf(cells, level.grid)) {
        this.#environment.alive();
        await output.write(level.mip, box, slab.chunk(box), {
          keepLossless: !this.#makesParent(level, cell, grid, task),
        });
      }
      await output.flush();
    } catch (error) {
      await output.settle(); // the slab's memory is used again once this rejects
      throw error;
    }
  }

  /** True when the chunk of the next mip that this one belongs to is made from the voxels in memory now, by this same task. */
  #makesParent(level: GridLevel, cell: Vec3, grid: TaskGrid, task: Vec3): boolean {
    const { scales, chunkSize } = this.#document.plan;
    const next = scales[level.mip + 1];
    if (!next) return true;
    const parents = grid.levels.find((one) => one.mip === level.mip + 1);
    if (!parents) return false;
    const { box } = chunkAt(cell, level.grid);
    const touched = cellsTouching(scaledBounds(box, next.step), { bounds: next.bounds, chunkSize });
    const made = intersect(ownedCells(task, grid, parents), this.#cells[level.mip + 1]!);
    return touched.min.every((min, i) => made.min[i]! <= min && touched.max[i]! <= made.max[i]!);
  }
}

interface Placed {
  readonly level: GridLevel;
  /** Voxels of the level. */
  readonly box: BoundingBox;
}
interface BlockRun {
  readonly tiles?: TileReader;
  readonly output: ChunkOutput;
  /** Voxels of the base mip that may be read. */
  readonly clip: BoundingBox;
  /** Cells to write, per mip. */
  readonly cells: readonly BoundingBox[];
  /** Stage of the job whose chunks are read; absent when what exists is read. */
  readonly madeBy?: number;
  /** Keys of chunks that hold background and were left out. */
  readonly background?: ReadonlySet<string>;
}
interface WriteContext {
  readonly grid: TaskGrid;
  readonly task: Vec3;
  readonly output: ChunkOutput;
}

/** What no stage took is the making of coarser mips. */
function withRest(stagesMs: Readonly<Record<string, number>>, totalMs: number): Record<string, number> {
  const told = Object.values(stagesMs).reduce((sum, ms) => sum + ms, 0);
  return { ...stagesMs, downsample: Math.max(0, totalMs - told) };
}

/** A task's cells shard by shard, or one by one. */
function* shardsOf(cells: BoundingBox, perShard: Vec3): Generator<BoundingBox> {
  const shards = { min: floorDivide(cells.min, perShard), max: ceilDivide(cells.max, perShard) };
  for (let z = shards.min[2]; z < shards.max[2]; z++)
    for (let y = shards.min[1]; y < shards.max[1]; y++)
      for (let x = shards.min[0]; x < shards.max[0]; x++)
        yield intersect(boxAt(multiply([x, y, z], perShard), perShard), cells);
}
