declare module "fs-native-extensions" {
  /** False when another open file holds the lock. The lock belongs to the open file: closing `fd` gives it back. */
  export function tryLock(fd: number): boolean;
}
