// Prints which features of the mail in the given file some mail program lacks, as a JSON list.
import { readFileSync } from "node:fs";
import { caniemail } from "caniemail";

const { issues } = caniemail({ clients: ["*"], html: readFileSync(process.argv[2], "utf8") });
const lacking = [...issues.errors.values()].flat().map((issue) => issue.title);
console.log(JSON.stringify([...new Set(lacking)].sort()));
