/** Histories that once broke a law, and what was wrong. */
export const regressions: ReadonlyArray<{ readonly seed: number; readonly was: string }> = [
  { seed: 31, was: "P2: a value that an undeclared normalisation changes was set right for ever" },
  { seed: 42, was: "P1: an address held for a lost create stayed held after the record was found" },
  { seed: 48, was: "P5: a write without an answer was remembered as sent, not as the side declares to store it" },
  { seed: 66, was: "P1: a missing parent kept all other fields back" },
  { seed: 87, was: "P2: a repeated idempotent create was taken to show what it had sent" },
  { seed: 198, was: "P1: an intent for a record that was gone held a counter back for ever" },
  { seed: 203, was: "P1: a normalisation was learned for a golden value that had moved on" },
  { seed: 279, was: "P2: a create answered with somebody else's record was repeated for ever" },
  { seed: 498, was: "P4: a create was sent for a record that was linked since its claim" },
  { seed: 1271, was: "P2: two opposite normalisers fought on, because people had written other values within the hour" },
  { seed: 2474, was: "P1: an answer was fitted to a golden value that it had not sent" },
  { seed: 2881, was: "P4: a create left out its key, frozen by a conflict about a record that was gone" },
  { seed: 5801, was: "P4: a lost create was made again though its record was listed and waited for its parent" },
  { seed: 3918, was: "P6: of two overlapping reads, the one that started last was taken for the newest" },
  { seed: 6004, was: "P5: a whole record that landed late put an older phone back, which was taken for an edit" },
  { seed: 697, was: "P1: a link bound by a repeated create was stored at revision 0: no reading could ever change it" },
  { seed: 5790, was: "P1: the same, with one value of a person never merged" },
  { seed: 640, was: "P4, unavoidable: a lost create without any marker was given another key before it was read" },
  { seed: 3120, was: "P5: an alias settled a create whose record was not read yet, and its values passed for edits" },
  { seed: 8565, was: "P5: a repeated upsert landed late on a linked record, and its values passed for edits" },
  { seed: 21228, was: "P1: a record looked at four times while it waited for its parent was set aside as poison" }
]
