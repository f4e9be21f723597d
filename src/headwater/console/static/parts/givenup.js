// What a mapping gave up: the messages in its OnFailure queue, to be delivered once more.
//
// Looking at a queue hides its messages from others for a while and counts as receiving, so it is
// done when asked for. What was not redriven is shown to others again when the page is left.

import * as api from "../api.js";
import { h, keyed, put } from "../dom.js";
import { functionError, number, plural, shardTail } from "../format.js";
import { empty, toast } from "./notices.js";

const HIDDEN_S = 300;
const PAGES = 5;

export function givenUpPanel(view, destination) {
  if (!destination || !destination.includes(":sqs:")) {
    const text = destination ? `What is given up is told to ${destination}.` : "There is no OnFailure destination: what is given up is told to nobody.";
    return { element: h("section", { class: "panel" }, h("header", {}, h("h2", {}, "Given up"), h("span", { class: "hint" }, text))), update() {} };
  }
  const [, , , , account, name] = destination.split(":");
  const counted = h("span", { class: "hint" });
  const rows = h("tbody");
  const place = h("div", { class: "scroll" });
  const names = ["When", "Why", "Shard", "Records", "Invocations", ""];
  const table = h("table", { class: "grid", "aria-label": "Messages" },
    h("thead", {}, h("tr", {}, names.map((one, at) => h("th", { class: at === 3 || at === 4 ? "num" : "" }, one)))), rows);
  const look = h("button", { on: { click: () => view.try(receive) } }, "Show messages");
  const allButton = h("button", { class: "primary", hidden: true, on: { click: () => view.try(redriveAll) } }, "Redrive all");
  const element = h("section", { class: "panel", "aria-label": "Given up" },
    h("header", {}, h("h2", {}, "Given up"), h("span", { class: "hint" }, "queue ", h("b", {}, name)), counted,
      !view.readOnly && h("span", { class: "end" }, look, allButton)), place);
  let url = "";
  let held = [];

  async function queue() {
    if (!url) url = (await api.aws("sqs", "GetQueueUrl", { QueueName: name, QueueOwnerAWSAccountId: account })).QueueUrl;
    return url;
  }

  async function update() {
    try {
      const { Attributes: told } = await api.aws("sqs", "GetQueueAttributes",
        { QueueUrl: await queue(), AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] });
      const count = Number(told.ApproximateNumberOfMessages) + Number(told.ApproximateNumberOfMessagesNotVisible);
      put(counted, count ? h("span", { class: "badge warn" }, plural(count, "message")) : "is empty");
      look.disabled = !count;
    } catch (trouble) {
      put(counted, trouble.why || "cannot be looked at");
      look.disabled = true;
    }
  }

  async function receive() {
    for (let page = 0; page < PAGES; page += 1) {
      const answer = await api.aws("sqs", "ReceiveMessage",
        { QueueUrl: await queue(), MaxNumberOfMessages: 10, VisibilityTimeout: HIDDEN_S });
      const found = (answer.Messages || []).map(opened);
      held.push(...found.filter((one) => !held.some((had) => had.id === one.id)));
      if (found.length < 10) break;
    }
    draw();
  }

  function draw() {
    put(place, held.length ? table : empty("No message is to be had: others may hold them."));
    allButton.hidden = held.length < 2;
    keyed(rows, held, (one) => one.id, messageRow);
  }

  function messageRow(one) {
    const batch = one.told?.DDBStreamBatchInfo || {};
    const about = one.told?.requestContext || {};
    const said = h("div", { class: "hint" });
    const row = h("tr", {},
      h("td", { class: "mono" }, one.told?.timestamp?.replace("T", " ").slice(0, 19) || ""),
      h("td", {}, h("span", { class: "badge warn" }, about.condition || "no such message"), said),
      h("td", { class: "mono" }, batch.shardId ? shardTail(batch.shardId) : ""),
      h("td", { class: "num" }, batch.batchSize === undefined ? "" : number(batch.batchSize)),
      h("td", { class: "num" }, about.approximateInvokeCount ?? ""),
      h("td", { class: "num" }, h("button", { on: { click: () => view.try(() => redrive(one)) } }, "Redrive")));
    one.row = row;
    one.say = (text) => put(said, text);
    return row;
  }

  // Whether the records are dealt with; then the message is deleted.
  async function redrive(one) {
    one.row.querySelector("button").disabled = true;
    try {
      const answer = await api.admin.post("redrive", one.told);
      if (answer.trouble !== null) {
        one.say(`failed again: ${functionError(answer.trouble)[0].slice(0, 200)}`);
        return false;
      }
      await api.aws("sqs", "DeleteMessage", { QueueUrl: url, ReceiptHandle: one.receipt });
      held = held.filter((had) => had !== one);
      toast(`${plural(answer.delivered, "record")} delivered`);
      draw();
      return true;
    } finally {
      const button = one.row.querySelector("button");
      if (button) button.disabled = false;
    }
  }

  async function redriveAll() {
    let done = 0;
    const all = [...held];
    for (const one of all) if (await redrive(one)) done += 1;
    toast(`${done} of ${plural(all.length, "message")} redriven`, done === all.length ? "ok" : "bad");
  }

  view.onClose(() => {
    for (const one of held) {
      api.aws("sqs", "ChangeMessageVisibility", { QueueUrl: url, ReceiptHandle: one.receipt, VisibilityTimeout: 0 }).catch(() => {});
    }
  });
  return { element, update };
}

function opened(message) {
  let told = null;
  try {
    told = JSON.parse(message.Body);
  } catch { /* somebody else's message: it is shown, and cannot be redriven */ }
  return { id: message.MessageId, receipt: message.ReceiptHandle, told };
}
