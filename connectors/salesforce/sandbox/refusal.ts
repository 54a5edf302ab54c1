/** How the org says no to one record. */

export interface Fault {
  readonly statusCode: string
  readonly message: string
  readonly fields: ReadonlyArray<string>
}

/** One way to fail; the record is left as it was. */
export class Refusal extends Error {
  readonly fault: Fault
  constructor(statusCode: string, message: string, fields: ReadonlyArray<string> = []) {
    super(message)
    this.fault = { statusCode, message, fields }
  }
}
