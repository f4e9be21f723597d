// The Node.js runtime: loads a handler and serves events from the Lambda Runtime API.
//
//     node bootstrap.mjs
//
// ES modules and CommonJS; async handlers and callbacks; context methods; errors in the words of
// AWS's runtime. Source: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html

import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const [HOST, PORT] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const API = "/2018-06-01/runtime";
const ROOT = process.env.LAMBDA_TASK_ROOT;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

let current = null; // the invocation in hand

// --- the Runtime API --------------------------------------------------------------------------

function exchange(method, url, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
    const options = { host: HOST, port: PORT, method, path: API + url, agent };
    const request = http.request({ ...options, headers: { ...length, ...headers } }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => resolve({ answer, body: Buffer.concat(chunks).toString("utf8") }));
      answer.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

function post(url, value, headers = {}) {
  const json = { "Content-Type": "application/json" };
  return exchange("POST", url, value, { ...json, ...headers });
}

// --- errors -----------------------------------------------------------------------------------

class RuntimeError extends Error {
  constructor(name, message, trace) {
    super(message);
    this.name = name;
    if (trace) this.stack = trace;
  }
}

function isError(thing) {
  return thing instanceof Error || (thing && typeof thing === "object" && thing.stack && thing.message);
}

function errorBody(error) {
  if (isError(error)) {
    return {
      errorType: String(error.name),
      errorMessage: String(error.message),
      trace: String(error.stack ?? "").split("\n"),
    };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function loggable(error) {
  const body = errorBody(error);
  const own = isError(error) ? { ...error } : {};
  delete own.name;
  return JSON.stringify({ errorType: body.errorType, errorMessage: body.errorMessage, ...own, stack: body.trace });
}

// --- console ----------------------------------------------------------------------------------

const AS_JSON = process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";
const RANKS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const LEAST = AS_JSON ? RANKS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL) : 0;
const LEVELS = { trace: "TRACE", debug: "DEBUG", info: "INFO", log: "INFO", warn: "WARN", error: "ERROR" };

function patchConsole() {
  for (const [name, level] of Object.entries(LEVELS)) {
    console[name] = (...words) => write(level, words);
  }
  console.fatal = (...words) => write("FATAL", words);
}

// What a line of JSON says: one word as it is, several as text, an error with its parts.
function message(words) {
  if (words.length !== 1) return format(...words);
  const [word] = words;
  if (!isError(word)) return word;
  const { errorType, errorMessage, trace } = errorBody(word);
  return { errorType, errorMessage, stackTrace: trace };
}

function jsonLine(level, words) {
  const line = { timestamp: new Date().toISOString(), level, requestId: current?.id };
  try {
    return JSON.stringify({ ...line, message: message(words) ?? format(...words) });
  } catch {
    return JSON.stringify({ ...line, message: format(...words) }); // in a circle, or too large a number
  }
}

function textLine(level, words) {
  return `${new Date().toISOString()}\t${current?.id ?? "undefined"}\t${level}\t${format(...words)}`;
}

function write(level, words) {
  if (RANKS.indexOf(level) < LEAST) return;
  const line = (AS_JSON ? jsonLine(level, words) : textLine(level, words)) + "\n";
  try {
    fs.writeSync(1, line);
  } catch (trouble) {
    // The node reads as fast as it can; a pipe that is full for a moment loses nothing else.
    if (trouble.code === "EAGAIN") process.stdout.write(line);
  }
}

function writeError(what, error) {
  write("ERROR", AS_JSON ? [error] : [`${what} \t${loggable(error)}`]);
}

// --- loading ----------------------------------------------------------------------------------

function isModule(file) {
  if (file.endsWith(".mjs")) return true;
  if (!file.endsWith(".js")) return false;
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, "package.json"))).type === "module";
    } catch (trouble) {
      if (trouble instanceof SyntaxError) return false;
    }
    if (folder === ROOT || folder === path.dirname(folder)) return false;
  }
}

async function loadModule(folder, name) {
  const require = createRequire(path.join(ROOT, "noop.js"));
  const stem = path.resolve(ROOT, folder, name);
  for (const ending of ["", ".js", ".mjs", ".cjs"]) {
    const file = stem + ending;
    if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) continue;
    return isModule(file) ? import(pathToFileURL(file).href) : require(file);
  }
  return require(require.resolve(`./${path.join(folder, name)}`, { paths: [ROOT] }));
}

function loadFailure(error, handler) {
  if (error instanceof SyntaxError) {
    return new RuntimeError("Runtime.UserCodeSyntaxError", `SyntaxError: ${error.message}`, error.stack);
  }
  if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND") {
    return new RuntimeError("Runtime.ImportModuleError", `Error: ${error.message}`, error.stack);
  }
  return error;
}

async function loadHandler(full) {
  const folder = path.dirname(full);
  const match = /^([^.]*)\.(.*)$/.exec(path.basename(full));
  if (full.includes("..") || !match) {
    throw new RuntimeError("Runtime.MalformedHandlerName", `'${full}' is not a valid handler name. Use 'index.handler'.`);
  }
  let found;
  try {
    found = await loadModule(folder, match[1]);
  } catch (error) {
    throw loadFailure(error, full);
  }
  for (const part of match[2].split(".")) {
    found = found?.[part] ?? (part in Object(found) ? undefined : found?.default?.[part]);
  }
  if (found === undefined) {
    throw new RuntimeError("Runtime.HandlerNotFound", `${full} is undefined or not exported`);
  }
  if (typeof found !== "function") {
    throw new RuntimeError("Runtime.HandlerNotFound", `${full} is not a function`);
  }
  return found;
}

// --- an invocation ----------------------------------------------------------------------------

class Invocation {
  constructor(headers, body) {
    this.id = headers["lambda-runtime-aws-request-id"];
    this.headers = headers;
    this.body = body;
    this.waits = true; // for an empty event loop, after a callback
    this.ended = new Promise((resolve) => (this.end = resolve));
    this.outcome = null;
  }

  context() {
    const { env } = process;
    const invocation = this;
    const deadline = Number(this.headers["lambda-runtime-deadline-ms"]);
    const parsed = (name) => (this.headers[name] ? JSON.parse(this.headers[name]) : undefined);
    return {
      get callbackWaitsForEmptyEventLoop() {
        return invocation.waits;
      },
      set callbackWaitsForEmptyEventLoop(value) {
        invocation.waits = value;
      },
      functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
      functionName: env.AWS_LAMBDA_FUNCTION_NAME,
      memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
      clientContext: parsed("lambda-runtime-client-context"),
      identity: parsed("lambda-runtime-cognito-identity"),
      invokedFunctionArn: this.headers["lambda-runtime-invoked-function-arn"],
      awsRequestId: this.id,
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
      done: (error, result) => this.calledBack(error, result),
      fail: (error) => this.calledBack(error ?? "handled"),
      succeed: (result) => this.calledBack(null, result),
    };
  }

  settle(failed, value) {
    if (this.outcome === null) this.outcome = { failed, value };
  }

  calledBack(error, result) {
    const failed = error !== undefined && error !== null;
    this.settle(failed, failed ? error : result);
    if (!this.waits || failed) this.end();
  }

  async run(handler) {
    // An empty event loop ends what nothing else has ended: a callback that waited for it, or a
    // handler that has nothing more to say.
    const empty = () => {
      this.settle(false, undefined);
      this.end();
    };
    process.on("beforeExit", empty);
    try {
      const result = handler(JSON.parse(this.body), this.context(), (error, value) => this.calledBack(error, value));
      if (typeof result?.then === "function") {
        result.then(
          (value) => (this.settle(false, value), this.end()),
          (error) => (this.settle(true, error), this.end()),
        );
      }
    } catch (error) {
      this.settle(true, error);
      this.end();
    }
    await this.ended;
    process.off("beforeExit", empty);
    await this.answer();
  }

  async answer() {
    if (!this.outcome.failed) {
      let text;
      try {
        text = JSON.stringify(this.outcome.value) ?? "null";
      } catch (error) {
        const trouble = new RuntimeError("Runtime.MarshalError", `Unable to stringify response body: ${error.message}`);
        return this.fail(trouble);
      }
      const { answer } = await post(`/invocation/${this.id}/response`, text);
      // A result that is too large has been answered for.
      if (answer.statusCode === 413) process.exit(1);
      return;
    }
    await this.fail(this.outcome.value);
  }

  async fail(error) {
    writeError("Invoke Error", error);
    const body = errorBody(error);
    const headers = { "Lambda-Runtime-Function-Error-Type": encodeURIComponent(body.errorType) };
    await post(`/invocation/${this.id}/error`, JSON.stringify(body), headers);
  }
}

// --- the process ------------------------------------------------------------------------------

async function die(error, what, status) {
  writeError(what, error);
  const url = current === null ? "/init/error" : `/invocation/${current.id}/error`;
  try {
    await post(url, JSON.stringify(errorBody(error)));
  } finally {
    process.exit(status);
  }
}

function watchForTheUncaught() {
  process.on("uncaughtException", (error) => void die(error, "Uncaught Exception", 129));
  process.on("unhandledRejection", (reason) => {
    const text = isError(reason) ? `${reason.name}: ${reason.message}` : String(reason);
    const error = new RuntimeError("Runtime.UnhandledPromiseRejection", text, reason?.stack);
    void die(error, "Unhandled Promise Rejection", 128);
  });
}

async function main() {
  patchConsole();
  watchForTheUncaught();
  globalThis.awslambda = {
    streamifyResponse() {
      throw new Error("awslambda.streamifyResponse is not supported by Headwater");
    },
  };
  process.chdir(ROOT);
  const handler = await loadHandler(process.env._HANDLER);
  for (;;) {
    let next;
    try {
      next = await exchange("GET", "/invocation/next");
    } catch {
      process.exit(0); // the node has gone
    }
    if (next.answer.statusCode !== 200) process.exit(1);
    current = new Invocation(next.answer.headers, next.body);
    process.env._X_AMZN_TRACE_ID = next.answer.headers["lambda-runtime-trace-id"] ?? "";
    await current.run(handler);
    current = null;
  }
}

main().catch((error) => die(error, current === null ? "Uncaught Exception" : "Invoke Error", 129));
