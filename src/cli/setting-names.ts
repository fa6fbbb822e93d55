/** The machine settings by name: key in a config file, environment variable, flag. For settings.ts and for the help. */

export interface SettingName {
  readonly variable: string;
  readonly flag: string;
  /** For people. */
  readonly meaning: string;
}

export const settingNames = {
  state: {
    variable: "CIRRUS_STATE",
    flag: "--state",
    meaning: "PostgreSQL that keeps jobs and queue; default: the embedded store",
  },
  processes: { variable: "CIRRUS_PROCESSES", flag: "-p", meaning: "worker processes; default: one per core" },
  memory: { variable: "CIRRUS_MEMORY", flag: "--memory", meaning: "of all workers of a run together, like 2GB" },
  owner: { variable: "CIRRUS_OWNER", flag: "--owner", meaning: "owner of new jobs; default: the account's name" },
  gcsEndpoint: {
    variable: "CIRRUS_GCS_ENDPOINT",
    flag: "--gcs-endpoint",
    meaning: "storage server instead of Google's",
  },
  gcsKeyFile: {
    variable: "CIRRUS_GCS_KEY_FILE",
    flag: "--gcs-key-file",
    meaning: "service account key; default: application default credentials",
  },
  s3Endpoint: {
    variable: "CIRRUS_S3_ENDPOINT",
    flag: "--s3-endpoint",
    meaning: "storage server instead of Amazon's; default: AWS_ENDPOINT_URL_S3",
  },
  signKey: {
    variable: "CIRRUS_SIGN_KEY",
    flag: "--sign-key",
    meaning: "PEM file of an Ed25519 private key that signs the records",
  },
} as const satisfies Record<string, SettingName>;

export type SettingKey = keyof typeof settingNames;

/** Moves config, state and cache; it is no setting of a file, because it says where the files are. */
export const homeVariable = {
  variable: "CIRRUS_HOME",
  meaning: "folder of config, state and cache instead of the account's own",
};
