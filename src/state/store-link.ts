/** The client's end of one connection to a store's owner. */
import net from "node:net";
import { CirrusError } from "../core/errors.js";
import {
  onFrames,
  reviveError,
  sendFrame,
  storeProtocol,
  type Hello,
  type Reply,
  type StoreRequest,
} from "./store-frames.js";

/** What a pending call rejects with when the owner went away before it answered: whether the statement was done is unknown. */
export class OwnerGone extends Error {}

export interface StoreLink {
  readonly isUp: boolean;
  call(request: StoreRequest): Promise<unknown>;
  close(): void;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Resolves when the owner of `folder` has said hello.
 *
 * @throws OwnerGone when nobody answers there; CirrusError `E_STATE_VERSION` when its owner speaks another protocol
 */
export function dial(socketPath: string, folder: string): Promise<StoreLink> {
  const { promise, resolve, reject } = withResolvers<StoreLink>();
  const waiting = new Map<number, Waiting>();
  const socket = net.connect(socketPath);
  let isUp = false;
  let last = 0;

  const link: StoreLink = {
    get isUp() {
      return isUp;
    },
    call(request) {
      if (!isUp) return Promise.reject(new OwnerGone());
      // Only a call in flight keeps the process alive: a program that forgets to close its database still ends.
      socket.ref();
      const id = ++last;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        sendFrame(socket, { id, request });
      });
    },
    close() {
      isUp = false;
      socket.destroy();
    },
  };

  function onReply(reply: Reply): void {
    const call = waiting.get(reply.id)!; // the owner answers each id once
    waiting.delete(reply.id);
    if (waiting.size === 0) socket.unref();
    if ("error" in reply) call.reject(reviveError(reply.error));
    else call.resolve(reply.ok);
  }

  function onHello(hello: Hello): void {
    const refusal = refusalOf(hello, folder);
    if (refusal) {
      reject(refusal);
      socket.destroy();
      return;
    }
    isUp = true;
    socket.unref();
    resolve(link);
  }

  onFrames(socket, (message) => (isUp ? onReply(message as Reply) : onHello(message as Hello)));
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => {
    isUp = false;
    const gone = new OwnerGone(`the owner of ${folder} is gone`);
    reject(gone);
    for (const call of waiting.values()) call.reject(gone);
    waiting.clear();
  });
  return promise;
}

function refusalOf(hello: Hello, folder: string): Error | undefined {
  if (hello.folder !== folder) return new OwnerGone(`the socket belongs to the store in ${hello.folder}`);
  if (hello.protocol === storeProtocol) return undefined;
  return new CirrusError(
    "E_STATE_VERSION",
    `the store in ${folder} is run by another cirrus version (protocol ${hello.protocol}, here ${storeProtocol})`,
    {
      hint: "`cirrus store stop` with that version, then try again",
    },
  );
}

function withResolvers<Value>() {
  let resolve!: (value: Value) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<Value>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
