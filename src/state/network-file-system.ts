/**
 * File systems on which an embedded database must not lie: locks and fsync do there what the server likes, and a second machine's
 * owner cannot be told from ours.
 */
import { statfsSync } from "node:fs";
import { CirrusError } from "../core/errors.js";

/** `f_type` of Linux's statfs(2). Other systems number file systems as they load them, so nothing is known there. */
const networkTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x01021997, "9P"],
  [0x65735546, "FUSE"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0x5346414f, "AFS"],
  [0x73757245, "Coda"],
  [0xaad7aaea, "PanFS"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
]);

/** Name of a network (or user-space) file system by its Linux type; undefined for a local one. */
export const networkFileSystem = (type: number): string | undefined => networkTypes.get(type >>> 0);

/**
 * @param folder - exists
 * @throws CirrusError `E_STATE_FILESYSTEM` unless CIRRUS_ALLOW_NETWORK_STATE=1
 */
export function refuseNetworkFileSystem(folder: string): void {
  if (process.platform !== "linux" || process.env["CIRRUS_ALLOW_NETWORK_STATE"] === "1") return;
  const name = networkFileSystem(statfsSync(folder).type);
  if (name === undefined) return;
  throw new CirrusError(
    "E_STATE_FILESYSTEM",
    `the state folder ${folder} lies on a network file system (${name}), where an embedded database is not safe`,
  );
}
