/** What the queue's own tables lack. Applied after the library has made them; a released step is never altered. */
export const queueAdditions: OwnedSchema = {
  name: "queue-additions",
  migrations: [
    // Completed ranges are read in order, a page at a time: without it each page is a look at every row.
    [
      `create index cirrus_range on cirrus_queue.job_common (name, group_id, ((data->>'from')::float8)) where group_id is not null`,
    ],
  ],
};

/** The tables of jobs. A released step is never altered: append another. */
import type { OwnedSchema } from "../state/migrate.js";

export const jobsSchema: OwnedSchema = {
  name: "jobs",
  migrations: [
    [
      // `json`, not `jsonb`, where a document must come back as it was written (order of keys).
      `create table cirrus.job (
        id text primary key,
        kind text not null,
        destination text not null,
        config_digest text not null,
        document json not null,
        stages json not null,
        range_size int not null check (range_size > 0),
        encoder_fingerprint text not null,
        owner text not null,
        state text not null default 'planned' check (state in ('planned', 'running', 'done', 'failed', 'cancelled')),
        round int not null default 0,
        result json,
        created_at timestamptz not null default now(),
        started_at timestamptz,
        finished_at timestamptz,
        last_change uuid
      )`,
      `create index job_config on cirrus.job (destination, config_digest)`,
      `create table cirrus.task_failure (
        job_id text not null references cirrus.job on delete cascade,
        round int not null,
        task bigint not null,
        code text not null,
        message text not null,
        names json not null,
        at timestamptz not null default now(),
        primary key (job_id, round, task)
      )`,
      `create table cirrus.supervisor (
        id uuid primary key,
        job_id text not null references cirrus.job on delete cascade,
        host text not null,
        pid int not null,
        pid_started_at text not null,
        workers int not null,
        holding json not null default '[]',
        registered_at timestamptz not null default now(),
        last_seen_at timestamptz not null default now(),
        left_at timestamptz
      )`,
      `create index supervisor_job on cirrus.supervisor (job_id, registered_at)`,
    ],
  ],
};
