import { after } from "node:test";
import { openDatabase } from "#src/state/open-database.js";
import { databaseContract } from "../contracts/database.js";
import { stateFolder } from "../fixtures/state-folder.js";

const folder = await stateFolder();
after(() => folder.dispose());
databaseContract("the embedded store", () => openDatabase({ folder: folder.path }));
