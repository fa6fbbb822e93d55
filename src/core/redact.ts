/** Takes secrets out of text before it is printed, logged or recorded. */

/** `user:password@` of URLs, and values of keys and headers that look secret, become `***`. */
export const redact = (text: string): string =>
  text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s:@]*:[^/\s@]*@/gi, "$1***@")
    .replace(/([a-z][a-z0-9+.-]*:\/\/)(?:gh[a-z]_|github_pat_|glpat-)[^/\s@]*@/gi, "$1***@")
    .replace(/(\b(?:authorization|token|password|passwd|secret|api[-_]?key)\b["']?\s*[:=]\s*["']?)(?:bearer\s+|token\s+|basic\s+)?[^\s"',;&]+/gi, "$1***");
