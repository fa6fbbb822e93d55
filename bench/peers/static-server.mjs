// A plain static file server on Node's own http: name to file, stat, stream. What `cirrus serve` is measured beside.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";

const [root] = process.argv.slice(2);
const server = createServer(async (request, response) => {
  const path = join(root, decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return response.writeHead(404).end();
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-length": found.size,
    "last-modified": found.mtime.toUTCString(),
    etag: `"${found.size}-${found.mtimeMs}"`,
  });
  createReadStream(path).pipe(response);
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })));
