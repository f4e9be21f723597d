// One item as text, in plain JSON or DynamoDB's, to be put or deleted.

import { isPlain, isSame, plainItem } from "../attribute.js";
import * as api from "../api.js";
import { h, put } from "../dom.js";
import { itemOf } from "../plain.js";
import { confirm, openDialog } from "./dialog.js";
import { toast, troubleBox } from "./notices.js";

// table: as DescribeTable tells it. item: DynamoDB JSON; null for a new one. changed: called after a
// write.
export function editItem({ table, item, readOnly, changed }) {
  const keyNames = table.KeySchema.map((key) => key.AttributeName);
  const isNew = !item;
  const given = item || blank(table);
  const canBePlain = Object.values(given).every(isPlain);
  let form = canBePlain ? "plain" : "dynamodb";
  const text = h("textarea", { "aria-label": "Item", spellcheck: "false", rows: "22", readonly: readOnly, class: "code" });
  const said = h("div");
  const show = (value) => { text.value = form === "plain" ? plainItem(value) : JSON.stringify(value, null, 2); };
  show(given);

  const read = () => {
    if (form === "plain") return itemOf(text.value);
    const value = JSON.parse(text.value);
    if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Error("an item is a JSON object");
    return value;
  };

  const forms = [["plain", "JSON"], ["dynamodb", "DynamoDB JSON"]].map(([id, name]) => h("button", {
    type: "button", "aria-pressed": String(id === form), disabled: id === "plain" && !canBePlain,
    title: id === "plain" && !canBePlain ? "This item has sets or bytes, which plain JSON cannot say" : null,
    on: { click: () => turn(id) },
  }, name));

  function turn(id) {
    try {
      const value = read();
      if (id === "plain" && !Object.values(value).every(isPlain)) throw new Error("this item has sets or bytes, which plain JSON cannot say");
      form = id;
      show(value);
      put(said);
      forms.forEach((button, at) => button.setAttribute("aria-pressed", String(["plain", "dynamodb"][at] === form)));
    } catch (trouble) {
      put(said, mistake(trouble));
    }
  }

  const mistake = (trouble) => troubleBox(trouble.what ? trouble : {
    what: "this is not an item", why: trouble.message, now: "Mend the text, then save again.",
  });

  async function save() {
    try {
      const value = read();
      const moved = !isNew && keyNames.some((name) => !isSame(value[name], item[name]));
      const request = { TableName: table.TableName, Item: value };
      // A new item must not cover another one, and neither must one whose key was changed.
      if (isNew || moved) {
        request.ConditionExpression = "attribute_not_exists(#k)";
        request.ExpressionAttributeNames = { "#k": keyNames[0] };
      } else {
        Object.assign(request, unchanged(item));
      }
      await api.aws("dynamodb", "PutItem", request);
      close();
      toast(isNew ? "The item is put" : moved ? "A new item is put; the old one stays" : "The item is saved");
      changed();
    } catch (trouble) {
      put(said, mistake(trouble));
      said.scrollIntoView({ block: "nearest" });
    }
  }

  async function remove() {
    const sure = await confirm({ title: "Delete this item?", text: keyText(item, keyNames), verb: "Delete" });
    if (!sure) return;
    try {
      const Key = Object.fromEntries(keyNames.map((name) => [name, item[name]]));
      await api.aws("dynamodb", "DeleteItem", { TableName: table.TableName, Key });
      close();
      toast("The item is deleted");
      changed();
    } catch (trouble) {
      put(said, mistake(trouble));
    }
  }

  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !readOnly) save();
  });
  const { close } = openDialog(isNew ? `New item in ${table.TableName}` : keyText(item, keyNames), [
    h("div", { class: "row" },
      h("div", { class: "choice", role: "group", "aria-label": "Form" }, forms),
      !readOnly && h("span", { class: "hint" }, "Ctrl+Enter saves")),
    said, text,
    !readOnly && h("footer", {},
      !isNew && h("button", { type: "button", class: "danger left", on: { click: remove } }, "Delete"),
      h("button", { type: "button", class: "primary", on: { click: save } }, isNew ? "Put" : "Save")),
  ], { kind: "drawer" });
  text.focus();
  text.setSelectionRange(0, 0);
}

// The condition that an item still is what was loaded, as far as 300 attributes tell.
function unchanged(item) {
  const names = Object.keys(item).slice(0, 300);
  return {
    ConditionExpression: names.map((_, at) => `#c${at} = :c${at}`).join(" AND "),
    ExpressionAttributeNames: Object.fromEntries(names.map((name, at) => [`#c${at}`, name])),
    ExpressionAttributeValues: Object.fromEntries(names.map((name, at) => [`:c${at}`, item[name]])),
  };
}

function blank(table) {
  const kinds = Object.fromEntries(table.AttributeDefinitions.map((one) => [one.AttributeName, one.AttributeType]));
  return Object.fromEntries(table.KeySchema.map(({ AttributeName: name }) =>
    [name, kinds[name] === "N" ? { N: "0" } : { [kinds[name]]: "" }]));
}

export const keyText = (item, names) =>
  names.map((name) => Object.values(item[name] || {})[0]).join(" · ");
