/** The table of error codes: each with its exit status and what a person can do about it. */

/** Exit statuses of the command line; README and `cirrus --help` print this table. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  provenance: 3,
  source: 4,
  destination: 5,
  incomplete: 6,
  mismatch: 7,
  temporary: 75,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

interface ErrorKind {
  readonly exit: ExitCode;
  readonly hint: string;
}

const kinds = {
  E_USAGE: { exit: 2, hint: "see `cirrus help <command>`" },
  E_CONFIG_INVALID: { exit: 2, hint: "`cirrus schema` prints every key of a job config" },
  E_EXTENT_INVALID: { exit: 2, hint: "an extent is [start, stop) in source voxels, start < stop, inside the stack" },
  E_EXTENT_UNALIGNED: { exit: 2, hint: "use the nearest legal box that the message names" },
  E_PLUGIN_UNKNOWN: { exit: 2, hint: "`cirrus plugins` lists what there is; a path or a package name works too" },
  E_PLUGIN_INVALID: { exit: 2, hint: "the default export must come from definePlugin(...)" },
  E_PLUGIN_FAILED: { exit: 4, hint: "the plugin is at fault, not the data: --debug prints its stack" },
  E_MEMORY_BUDGET: { exit: 2, hint: "raise --memory or lower -p" },
  E_JOB_UNKNOWN: { exit: 2, hint: "`cirrus status` lists all jobs of this state folder" },
  E_JOB_CANCELLED: { exit: 2, hint: "start the job anew with `cirrus ingest`" },
  E_ENCODER_CHANGED: { exit: 2, hint: "join from a machine with the same cirrus version and libraries" },
  E_CONFIRMATION_NEEDED: { exit: 2, hint: "add --yes" },
  E_STATE_SECRET: { exit: 2, hint: "put the password into CIRRUS_STATE, PGPASSWORD or PGPASSFILE" },
  E_SCALE_UNKNOWN: { exit: 2, hint: "the volume's info lists its scales; mip 0 is the finest" },
  E_BOX_OUTSIDE: { exit: 2, hint: "boxes count in voxels of the mip that is read, and include voxel_offset" },
  E_GRID_INVALID: { exit: 2, hint: "sizes, chunk sizes and factors are whole numbers >= 1" },
  E_ENCODING_UNSUPPORTED: { exit: 2, hint: "choose an encoding that takes this data type and number of channels" },
  E_PROVENANCE_MISSING: { exit: 3, hint: 'give "provenance" in the config, or --provenance FILE' },
  E_PROVENANCE_INVALID: { exit: 3, hint: "see the field that the message names" },
  E_SIGN_KEY: { exit: 2, hint: "`openssl genpkey -algorithm ed25519 -out key.pem` makes one" },
  E_PROVENANCE_DUPLICATE: { exit: 3, hint: "add --duplicate (or `duplicate: true`) to log it once more" },
  E_SOURCE_NOT_FOUND: { exit: 4, hint: "paths are relative to the config file" },
  E_SOURCE_UNREADABLE: { exit: 4, hint: "check that the file is whole and that you may read it" },
  E_SOURCE_TEMPORARY: { exit: 75, hint: "try again; `cirrus join --job-id ID` continues" },
  E_SOURCE_UNSUPPORTED: { exit: 4, hint: "convert the file, or use a plugin that reads it" },
  E_TILE_MISSING: { exit: 4, hint: 'restore the tile, or set "missing": "fill" in the source' },
  E_TILE_CORRUPT: { exit: 4, hint: 'restore the tile, or set "corrupt": "fill" in the source' },
  E_TILE_MISMATCH: { exit: 4, hint: "every tile must have the size, data type and channels that the config states" },
  E_DESTINATION_EXISTS: { exit: 5, hint: "choose another destination, or --overwrite" },
  E_DESTINATION_GEOMETRY: { exit: 5, hint: "choose another destination; the geometry of a volume never changes" },
  E_DESTINATION_UNWRITABLE: { exit: 5, hint: "check the path, the permissions and the free space" },
  E_CLAIM_LOST: {
    exit: 5,
    hint: "wait for the other job, join or cancel it, or choose another extent; where its state is lost, ingest with --overwrite",
  },
  E_VOLUME_NOT_FOUND: { exit: 5, hint: "a volume is a folder or bucket prefix with an `info` file" },
  E_VOLUME_INVALID: {
    exit: 5,
    hint: "mend the info file as said; the writer of the volume should know its own numbers",
  },
  E_CHUNK_MISSING: { exit: 7, hint: "`cirrus verify` lists every missing chunk" },
  E_CHUNK_CORRUPT: { exit: 7, hint: "`cirrus verify` lists every altered chunk" },
  E_MANIFEST_INVALID: {
    exit: 7,
    hint: "the manifest is truncated or altered; ingest its extent again with --overwrite",
  },
  E_STORE_URL: { exit: 2, hint: "use a path, file://, gs://bucket/prefix, s3://bucket/prefix or https://host/prefix" },
  E_STORE_KEY: { exit: 2, hint: "keys are relative, with / between parts and no .." },
  E_STORE_DENIED: { exit: 5, hint: "check the credentials and the permission that the message names" },
  E_STORE_FULL: { exit: 5, hint: "free some space, then `cirrus join --job-id ID`" },
  E_STORE_UNLISTABLE: { exit: 5, hint: "use the address of the folder or bucket itself: file://, gs:// or s3://" },
  E_STORE_CLIENT: { exit: 5, hint: "npm install @aws-sdk/client-s3, where cirrus is installed" },
  E_STORE_TEMPORARY: { exit: 75, hint: "try again; a job goes on by `cirrus join --job-id ID`" },
  E_PORT_UNUSABLE: { exit: 2, hint: "choose another --port, or leave it out: then the next free one is taken" },
  E_VIEWER_MISSING: { exit: 1, hint: "`npm run build` makes it" },
  E_STATE_UNAVAILABLE: { exit: 75, hint: "see `cirrus store status`, or check the URL in CIRRUS_STATE" },
  E_STATE_ELSEWHERE: { exit: 75, hint: "give both machines one PostgreSQL by CIRRUS_STATE" },
  E_STATE_FILESYSTEM: {
    exit: 2,
    hint: "choose a local folder by CIRRUS_HOME, give a PostgreSQL by CIRRUS_STATE, or insist with CIRRUS_ALLOW_NETWORK_STATE=1",
  },
  E_STATE_VERSION: { exit: 1, hint: "use the cirrus version that the message names" },
  E_WORKER_DIED: { exit: 6, hint: "`cirrus join --job-id ID` tries the task again" },
  E_TASK_STRAY: {
    exit: 6,
    hint: "a plugin or a library lost an error: await what it starts, and handle what it is told",
  },
  E_TASK_BLOCKED: { exit: 6, hint: "`cirrus join --job-id ID` after the finer tasks succeeded" },
  E_TOO_MANY_FAILURES: { exit: 6, hint: "mend the cause, then `cirrus join --job-id ID`" },
  E_INTERNAL: { exit: 1, hint: "please report this with the output of --debug" },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof kinds;
export const errorKinds: Readonly<Record<ErrorCode, ErrorKind>> = kinds;
