/** Spellings of the Boss ingest client's flags that mean something else here, or that commander cannot spell. */

/** Its levels, as ours: `-v` here takes none. */
const levels: Readonly<Record<string, readonly string[]>> = {
  debug: ["--verbose"],
  info: ["--verbose"],
  warning: [],
  error: ["--quiet"],
  critical: ["--quiet"],
};

/**
 * `-v LEVEL` and `--log-level LEVEL` of `cirrus ingest` become --verbose, --quiet or nothing; `--processes_nb` and `--ramp_seconds` get a
 * hyphen. Everything else stays as it was typed.
 */
export function withOwnSpellings(argv: readonly string[]): string[] {
  if (!argv.includes("ingest")) return [...argv];
  const own: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === "--") return [...own, ...argv.slice(i)];
    const [flag, attached] = word.split(/=(.*)/s, 2) as [string, string | undefined];
    const level = (attached ?? argv[i + 1] ?? "").toLowerCase();
    if ((flag === "-v" || flag === "--log-level") && Object.hasOwn(levels, level)) {
      own.push(...levels[level]!);
      if (attached === undefined) i++;
    } else if (flag === "--processes_nb" || flag === "--ramp_seconds")
      own.push((flag === "--processes_nb" ? "--processes" : "--ramp-seconds") + word.slice(flag.length));
    else own.push(word);
  }
  return own;
}

/** A command line as it may be recorded: without the token. */
export function withoutToken(argv: readonly string[]): string[] {
  return argv.map((word, i) => {
    const before = argv[i - 1];
    if (before === "-a" || before === "--api-token") return "[token]";
    if (word.startsWith("--api-token=")) return "--api-token=[token]";
    return /^-a./.test(word) ? "-a[token]" : word;
  });
}
