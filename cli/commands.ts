/** Every command with its arguments and options, as data: help, usage, completion and the docs pages come from here. */

export interface Argument {
  readonly name: string
  readonly doc: string
  readonly optional?: boolean
  /** Takes the rest of the line. */
  readonly many?: boolean
}

export interface Option {
  readonly name: string
  readonly short?: string
  /** Name of its value; absent: it is there or it is not. */
  readonly value?: string
  /** The value must be a whole number above 0. */
  readonly number?: boolean
  readonly doc: string
}

export interface Command {
  readonly name: string
  /** One line of `esl --help`. */
  readonly summary: string
  readonly arguments: ReadonlyArray<Argument>
  readonly options: ReadonlyArray<Option>
  /** Needs no config file. */
  readonly bare?: boolean
  readonly examples: ReadonlyArray<readonly [line: string, what: string]>
}

/** Every command takes these. */
export const general: ReadonlyArray<Option> = [
  { name: "config", short: "c", value: "file", doc: "Config file (default: esl.config.ts)." },
  { name: "json", doc: "Print plain data for other tools." },
  { name: "show-personal", doc: "Show personal data instead of masking it." },
  { name: "debug", doc: "Show stack traces." },
  { name: "help", short: "h", doc: "Show this help." }
]

const scope: ReadonlyArray<Option> = [
  { name: "connection", value: "names", doc: "Write only to these connections (comma-separated)." },
  { name: "ids", value: "ids", doc: "Only these records: ids of any side, or golden ids (comma-separated)." },
  { name: "limit", value: "n", number: true, doc: "Write at most this many records on each side." },
  { name: "creates-only", doc: "Write only records that do not exist there yet." },
  { name: "links-only", doc: "Read, match and link; write nothing." }
]

const syncs: Argument = { name: "sync", doc: "Names of syncs (default: all).", optional: true, many: true }

export const commands: ReadonlyArray<Command> = [
  {
    name: "init",
    summary: "Write a starter config into a folder.",
    arguments: [{ name: "folder", doc: "Where to (default: here). Nothing that exists is overwritten.", optional: true }],
    options: [],
    bare: true,
    examples: [["esl init my-sync", "a folder with esl.config.ts, a mapping, package.json and .gitignore"]]
  },
  {
    name: "check",
    summary: "Check config, credentials, remote tables, mappings and write guards.",
    arguments: [],
    options: [
      { name: "offline", doc: "Only the config: open no connection." },
      { name: "sample", value: "n", number: true, doc: "Records to read from each side for the mapping laws (default: 100)." }
    ],
    examples: [["esl check", "everything that is wrong, at once"], ["esl check --offline --json", "the resolved config as data"]]
  },
  {
    name: "auth",
    summary: "Let ESL into a system whose tokens a person has to grant.",
    arguments: [{ name: "connection", doc: "Name of a connection in the config." }],
    options: [{ name: "paste", doc: "Paste the address the browser ends up at; nothing listens on this machine." }],
    examples: [["esl auth crm", "opens the way to a login page; its tokens end up sealed in the hub"]]
  },
  {
    name: "setup",
    summary: "Show what ESL needs inside a system (fields, subscriptions), and make it.",
    arguments: [{ name: "connection", doc: "Name of a connection in the config." }],
    options: [{ name: "apply", doc: "Make what is missing; without it nothing is changed." }],
    examples: [["esl setup crm", "what is there and what is not"], ["esl setup crm --apply", "makes it; a second run finds all of it present"]]
  },
  {
    name: "discover",
    summary: "Show what a connection holds, and a mapping to start from.",
    arguments: [
      { name: "connection", doc: "Name of a connection in the config." },
      { name: "table", doc: "Only this table or resource, with a mapping stub.", optional: true }
    ],
    options: [{ name: "entity", value: "name", doc: "Canonical entity the stub maps to (default: guessed)." }],
    examples: [["esl discover erp", "all tables with keys and columns"], ["esl discover erp KUNDEN > mappings/kunden.ts", "a mapping that compiles"]]
  },
  {
    name: "plan",
    summary: "Show what a sync would write, field by field, and write nothing.",
    arguments: [syncs],
    options: [
      { name: "summary", doc: "Only how many, not what." },
      { name: "output", short: "o", value: "file", doc: "Keep the plan for `esl apply`; holds hashes, no values." },
      ...scope
    ],
    examples: [["esl plan", "every change in every system, with the rule that decided"], ["esl plan customer -o plan.json", "a plan to approve"]]
  },
  {
    name: "apply",
    summary: "Write exactly what a plan showed, or refuse because the world moved.",
    arguments: [{ name: "plan", doc: "File that `esl plan -o` wrote." }],
    options: scope,
    examples: [["esl apply plan.json", "exit 3 and a list, if anything moved since the plan"]]
  },
  {
    name: "sync",
    summary: "Make one pass: read, merge, write.",
    arguments: [syncs],
    options: [
      { name: "sweep", doc: "Read every record, to see deletions and changes that no cursor shows." },
      ...scope
    ],
    examples: [["esl sync", "what cron or a systemd timer starts"], ["esl sync customer --links-only", "the first step of a roll-out"]]
  },
  {
    name: "backfill",
    summary: "Read a window of history, merge and write it; resumes after a kill.",
    arguments: [
      { name: "connection", doc: "Name of a connection in the config." },
      { name: "resource", doc: "Only this resource of it.", optional: true }
    ],
    options: [
      { name: "since", value: "time", doc: "Changed at or after (2026-01-31 or RFC 3339)." },
      { name: "until", value: "time", doc: "Changed before." },
      { name: "ids", value: "ids", doc: "Only these records (comma-separated)." },
      { name: "limit", value: "n", number: true, doc: "Stop after about this many records." },
      { name: "dry-run", doc: "Show what would be written, write nothing." }
    ],
    examples: [["esl backfill erp --since 2026-01-01", "this year's records of every resource of erp"]]
  },
  {
    name: "status",
    summary: "Show what is linked, due, parked, held and waiting for a person.",
    arguments: [],
    options: [],
    examples: [["esl status", "one line per side"]]
  },
  {
    name: "runs",
    summary: "Show the last runs, or one run with its facts.",
    arguments: [{ name: "run", doc: "Id of a run, or its beginning or end.", optional: true }],
    options: [
      { name: "limit", value: "n", number: true, doc: "How many (default: 20)." },
      { name: "facts", doc: "With a run: everything it did and why." }
    ],
    examples: [["esl runs", "the last 20"], ["esl runs 0193 --facts", "what that run did, and why"]]
  },
  {
    name: "explain",
    summary: "Show where every value of a record came from, which rule let it win, what lost.",
    arguments: [
      { name: "entity", doc: "E.g. customer." },
      { name: "id", doc: "Golden id, an external id, or a key such as an e-mail address." }
    ],
    options: [
      { name: "field", short: "f", value: "path", doc: "Only this field." },
      { name: "connection", value: "name", doc: "The id is one of this connection." }
    ],
    examples: [["esl explain customer anna@example.com --field email", "one value and its history"]]
  },
  {
    name: "conflicts",
    summary: "Show what both sides changed and no rule decided, and settle it.",
    arguments: [
      { name: "settle", doc: "The word `settle`, to decide one.", optional: true },
      { name: "conflict", doc: "Id of the conflict.", optional: true }
    ],
    options: [
      { name: "take", value: "side", doc: "With settle: `golden`, or the connection whose value wins." },
      { name: "value", value: "json", doc: "With settle: another value, as JSON." },
      { name: "pin", doc: "With settle: nothing outranks this value until it is released." },
      { name: "all", doc: "Also those that a rule decided." },
      { name: "limit", value: "n", number: true, doc: "How many (default: 100)." }
    ],
    examples: [["esl conflicts", "what waits for a person"], ["esl conflicts settle 0193 --take erp", "the ERP's value wins"]]
  },
  {
    name: "approve",
    summary: "Release exactly what a brake of a run held back.",
    arguments: [{ name: "run", doc: "Id of the run, or its beginning or end." }],
    options: [],
    examples: [["esl approve 0193", "the next sync writes it"]]
  },
  {
    name: "quarantine",
    summary: "Show records that could not be read, mapped, merged or written; retry or drop them.",
    arguments: [
      { name: "action", doc: "`retry` or `drop`; without it they are listed.", optional: true },
      { name: "id", doc: "Ids of rows (default: all that the options choose).", optional: true, many: true }
    ],
    options: [
      { name: "side", value: "side", doc: "Only this side, e.g. erp.KUNDEN." },
      { name: "cause", value: "text", doc: "Only this cause." },
      { name: "limit", value: "n", number: true, doc: "How many to list (default: 100)." }
    ],
    examples: [["esl quarantine", "grouped by cause"], ["esl quarantine retry", "after the mapping or the data was mended"]]
  },
  {
    name: "backup",
    summary: "Copy the hub into a file while it is in use, or put a copy back.",
    arguments: [
      { name: "restore", doc: "The word `restore`, to put a copy back.", optional: true },
      { name: "file", doc: "The copy." }
    ],
    options: [{ name: "force", doc: "With restore: replace a hub that exists; it is kept beside as .before-restore." }],
    examples: [["esl backup hub-monday.db", "a copy, readable by this user only"], ["esl backup restore hub-monday.db", "then look at esl plan"]]
  },
  {
    name: "webhook",
    summary: "Check one recorded webhook: signature, age, account, and what it says.",
    arguments: [
      { name: "action", doc: "The word `verify`." },
      { name: "connection", doc: "Name of a connection in the config." },
      { name: "file", doc: "The request as it came: request line, headers, an empty line, the raw body." }
    ],
    options: [
      { name: "url", value: "url", doc: "Public address it was sent to, if the file does not say it." },
      { name: "at", value: "time", doc: "When it was received (RFC 3339; default: now)." }
    ],
    examples: [["esl webhook verify shop delivery.http", "genuine, and which records to look at; never its body"]]
  },
  {
    name: "sandbox",
    summary: "Start Shopify, Salesforce, HubSpot and Square on this machine, without an account.",
    arguments: [{ name: "vendor", doc: "shopify, salesforce, hubspot, square (default: all four).", optional: true, many: true }],
    options: [
      { name: "port", value: "n", number: true, doc: "Port of the first server; the others follow (default: free ones)." },
      { name: "latency", value: "ms", number: true, doc: "How long each call takes at least (default: 0)." },
      { name: "fault", value: "faults", doc: "Switch faults on: name, name:vendor or name:vendor:times (comma-separated)." },
      { name: "empty", doc: "Without people and goods." }
    ],
    bare: true,
    examples: [["esl sandbox", "all four, until Ctrl-C"], ["esl sandbox shopify --fault throttle:shopify:3", "the first three calls are throttled"]]
  },
  {
    name: "demo",
    summary: "Bring five systems of a retailer to agree, step by step, in a new folder.",
    arguments: [{
      name: "story",
      doc: "`retail`: shop, CRM, marketing, tills and ERP (default); `databases`: an ERP and a shop.",
      optional: true
    }],
    options: [
      { name: "folder", value: "folder", doc: "Where to (default: a new folder esl-demo here)." },
      { name: "stay", doc: "Keep the systems of `retail` running afterwards, until Ctrl-C." }
    ],
    bare: true,
    examples: [
      ["esl demo", "four vendors on this machine and a database, a real config, real runs"],
      ["esl demo databases", "the same with two SQLite databases alone"]
    ]
  }
]
