// Clients that read chunks in parallel, each all of them on a connection of its own: node read-chunks.mjs URL CLIENTS < paths.
// Prints { bytes, seconds, sha256 }; the digest is of the bodies of the first client, in the order of the paths.
import { createHash } from "node:crypto";
import { Agent, get } from "node:http";
import { text } from "node:stream/consumers";

const [url, count] = process.argv.slice(2);
const paths = (await text(process.stdin)).trim().split("\n");
const digest = createHash("sha256");

const began = performance.now();
const lengths = await Promise.all(Array.from({ length: Number(count) }, (_, client) => readAll(client)));
const seconds = (performance.now() - began) / 1000;
const bytes = lengths.reduce((sum, length) => sum + length);
console.log(JSON.stringify({ bytes, seconds, sha256: digest.digest("hex") }));

/** Each client begins elsewhere, so that not all ask for the same chunk at once. Resolves to the bytes that came. */
async function readAll(client) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const first = Math.floor((client * paths.length) / Number(count));
  let length = 0;
  for (let i = 0; i < paths.length; i++) {
    const body = await read(paths[(first + i) % paths.length], agent);
    length += body.length;
    if (client === 0) digest.update(body);
  }
  agent.destroy();
  return length;
}

function read(path, agent) {
  return new Promise((resolve, reject) => {
    get(`${url}/${path}`, { agent }, (reply) => {
      if (reply.statusCode !== 200) return reject(new Error(`${reply.statusCode} for ${path}`));
      const parts = [];
      reply.on("data", (part) => parts.push(part));
      reply.once("end", () => resolve(Buffer.concat(parts)));
      reply.once("error", reject);
    }).once("error", reject);
  });
}
