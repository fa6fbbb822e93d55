import { after } from "node:test";
import { jobsContract } from "../contracts/jobs.js";
import { stateFolder } from "../fixtures/state-folder.js";

const folder = await stateFolder();
after(() => folder.dispose());
jobsContract("the embedded store", () => ({ folder: folder.path }));
