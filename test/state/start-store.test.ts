import assert from "node:assert/strict";
import { chmodSync, existsSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { networkFileSystem, refuseNetworkFileSystem } from "#src/state/network-file-system.js";
import { isPrivateFolder, makePrivateFolder } from "#src/state/private-folder.js";
import { connectStore } from "#src/state/start-store.js";
import { storeStatus } from "#src/state/store-control.js";
import { isLockFree, takeLock } from "#src/state/store-lock.js";
import { storePaths } from "#src/state/store-paths.js";

describe("a store that somebody else holds", async () => {
  const root = await mkdtemp(join(tmpdir(), "cirrus-held-"));
  after(() => rm(root, { recursive: true, force: true }));

  async function held(name: string, host: string) {
    const stateFolder = join(root, name);
    const paths = storePaths(stateFolder);
    makePrivateFolder(paths.folder);
    assert.equal(await takeLock(paths.lock, paths.socket), true); // for as long as this test's process lives
    await writeFile(
      paths.lock,
      JSON.stringify({ pid: 4711, host, user: "someone", since: "2026-01-01T00:00:00.000Z" }),
    );
    return { stateFolder, paths };
  }

  it("on another host is not started here, and its owner is named", async () => {
    const { stateFolder } = await held("elsewhere", "far-away");
    await assert.rejects(connectStore({ stateFolder, idleMs: 1000 }), {
      code: "E_STATE_ELSEWHERE",
      message: /is owned by someone@far-away \(process 4711\)/,
    });
  });

  it("and that does not answer is waited for, not started twice", async () => {
    const { stateFolder, paths } = await held("silent", hostname());
    await assert.rejects(connectStore({ stateFolder, idleMs: 1000, deadlineMs: 300 }), {
      code: "E_STATE_UNAVAILABLE",
      message: /did not answer within 0 s/,
    });
    assert.equal(isLockFree(paths.lock), false);
    assert.equal(existsSync(paths.data), false);
    const { state, pid } = await storeStatus(stateFolder);
    assert.deepEqual([state, pid], ["starting", 4711]);
  });
});

describe("a state folder", async () => {
  const root = await mkdtemp(join(tmpdir(), "cirrus-private-"));
  after(() => rm(root, { recursive: true, force: true }));

  it("is made private, also when it was not", async () => {
    const folder = join(root, "a", "b");
    makePrivateFolder(folder);
    chmodSync(folder, 0o755);
    assert.equal(isPrivateFolder(folder), false);
    makePrivateFolder(folder);
    assert.equal(isPrivateFolder(folder), true);
    assert.equal(statSync(join(root, "a")).mode & 0o777, 0o700);
  });

  it("is no link to another place", async () => {
    await mkdir(join(root, "target"), { mode: 0o700 });
    await symlink(join(root, "target"), join(root, "link"));
    assert.throws(() => isPrivateFolder(join(root, "link")), { code: "E_STATE_UNAVAILABLE" });
    assert.throws(() => makePrivateFolder(join(root, "link")), { code: "E_STATE_UNAVAILABLE" });
  });

  it("lies on no network file system", () => {
    const network = [0x6969, 0x0bd00bd0, 0xff534d42, -11317950]; // the last one as a signed number
    assert.deepEqual(network.map(networkFileSystem), ["NFS", "Lustre", "CIFS", "CIFS"]);
    assert.deepEqual(
      [0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630].map(networkFileSystem),
      Array(5).fill(undefined),
    ); // ext4, xfs, btrfs, tmpfs, overlay
    refuseNetworkFileSystem(root);
  });
});
