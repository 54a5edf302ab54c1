/** The public door `esl/sandboxes`: the vendors on this machine, with what people do in them, for tests and demos. */
export * as hubspot from "./hubspot/sandbox/index.ts"
export * as salesforce from "./salesforce/sandbox/index.ts"
export * as shopify from "./shopify/sandbox/index.ts"
export * as square from "./square/sandbox/index.ts"
